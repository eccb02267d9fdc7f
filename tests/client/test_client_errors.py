"""Check the tree of errors against the picture on top of its module."""

import re

from app.client import errors
from app.client.errors import ClientError


def test_the_picture_shows_every_error_and_only_errors() -> None:
    drawn = set(re.findall(r"[─ ]{3}(\w+)  +\w|^ +(ClientError)$", errors.__doc__ or "", re.M))
    names = {name for pair in drawn for name in pair if name}
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, ClientError)
    }
    assert names | {"OutcomeUnknown"} == defined
