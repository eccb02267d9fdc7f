"""What clients may say: envelopes, fields, resume points."""

from typing import Any

import pytest

from app.errors import Refusal
from app.feed.messages import (
    OPS,
    OPS_NOT_OFFERED,
    Envelope,
    Resume,
    Subscribe,
    read_envelope,
    read_message,
    read_resumes,
)
from auth.policy import REQUIRED_SCOPES


def test_every_op_has_a_rule_who_may_do_it() -> None:
    assert (set(OPS) | OPS_NOT_OFFERED) <= set(REQUIRED_SCOPES)


def test_op_and_id_are_taken_off_the_fields() -> None:
    fields = {"op": "ping", "id": 5, "rest": 1}
    assert read_envelope(fields) == (Envelope("ping", 5), None)
    assert fields == {"rest": 1}


@pytest.mark.parametrize(
    ("fields", "envelope", "named"),
    [
        ({"id": 1}, Envelope(None, 1), "op"),
        ({"op": "dance", "id": 1}, Envelope(None, 1), "op"),
        ({"op": None}, Envelope(None, None), "op"),
        ({"op": ["ping"]}, Envelope(None, None), "op"),
        ({"op": "ping", "id": 1.0}, Envelope("ping", None), "id"),
        ({"op": "ping", "id": False}, Envelope("ping", None), "id"),
        ({"op": "ping", "id": {}}, Envelope("ping", None), "id"),
        ({"op": "ping", "id": 2**64}, Envelope("ping", None), "id"),
        ({"op": "ping", "id": b"x"}, Envelope("ping", None), "id"),
        ({"op": "ping", "id": "x" * 129}, Envelope("ping", None), "id"),
    ],
)
def test_a_wrong_envelope_echoes_what_can_be_echoed(
    fields: dict[str, Any], envelope: Envelope, named: str
) -> None:
    read, refusal = read_envelope(fields)
    assert read == envelope
    assert refusal is not None
    assert refusal.code == "invalid_request"
    assert refusal.detail.startswith(named)


def test_an_unknown_field_is_refused_by_name() -> None:
    refusal = read_message(Subscribe, {"channel": "depth", "symbol": "ACME-USD"})
    assert isinstance(refusal, Refusal)
    assert refusal.code == "invalid_request"
    assert "`symbol`" in refusal.detail


POINT = Resume(epoch="e", seq=3)


@pytest.mark.parametrize(
    ("resume", "symbols", "points"),
    [
        (None, ["A"], {}),
        ({"epoch": "e", "seq": 3}, ["A"], {"A": POINT}),
        ({"epoch": "e", "seq": 3}, ["A", "B"], {"A": POINT, "B": POINT}),
        ({"epoch": "e", "seq": 3}, [""], {"": POINT}),
        ({"A": {"epoch": "e", "seq": 3}}, ["A", "B"], {"A": POINT}),
        ({}, ["A"], {}),
    ],
)
def test_a_resume_point_counts_for_all_symbols_or_each_has_its_own(
    resume: dict[str, Any] | None, symbols: list[str], points: dict[str, Resume]
) -> None:
    assert read_resumes(resume, symbols) == points
