"""Query parameters by text alone."""

import re

import pytest

from app.api import query
from app.api.query import parse_query
from app.errors import Refusal

PARAMETERS = (
    query.SYMBOL,
    query.LIMIT,
    query.CURSOR,
    query.LEVELS,
    query.choice("status", ("open", "filled"), "status"),
)
DEFAULTS = {"symbol": None, "limit": 100, "cursor": None, "levels": 25, "status": None}


def parse(text, *, blank_is_absent=True):
    return parse_query(text.encode(), PARAMETERS, blank_is_absent=blank_is_absent)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", {}),
        ("limit=1", {"limit": 1}),
        ("limit=1000&levels=0", {"limit": 1000, "levels": 0}),
        ("levels=1000", {"levels": 1000}),
        ("symbol=ACME-USD&status=open", {"symbol": "ACME-USD", "status": "open"}),
        ("symbol=ACME%2DUSD", {"symbol": "ACME-USD"}),
        ("cursor=AAAAAAAAAAE%3D", {"cursor": "AAAAAAAAAAE="}),
        ("symbol=&limit=&cursor=&status=", {}),
    ],
)
def test_what_is_given_replaces_the_default(text, changed):
    assert parse(text) == DEFAULTS | changed


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.5", "limit"),
        ("limit=+1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=" + "9" * 5_000, "limit"),
        ("levels=1001", "levels"),
        ("symbol=acme-usd", "symbol"),
        ("symbol=" + "A" * 25, "symbol"),
        ("status=dead", "status"),
        ("cursor=%00", "cursor"),
        ("limit=1&limit=2", "limit"),
        ("limits=1", "limits"),
        ("Limit=1", "Limit"),
        ("x", "x"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(text, field):
    refusal = parse(text)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, [error.field for error in refusal.errors]) == ("invalid_request", [field])


def test_a_blank_value_is_refused_where_it_would_reach_further():
    assert parse("symbol=", blank_is_absent=False).errors[0].field == "symbol"


def test_too_many_pairs_are_refused():
    assert parse("&".join(["limit=1"] * 21)).code == "invalid_request"


def test_a_pattern_has_to_match_whole():
    parameter = query.text("x", re.compile("[a-z]+"), "letters", "letters")
    assert isinstance(parse_query(b"x=a%0Ab", (parameter,), blank_is_absent=True), Refusal)
