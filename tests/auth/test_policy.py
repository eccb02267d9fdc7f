"""Ask what each scope allows."""

import pytest

from auth.policy import REQUIRED_SCOPES, Scope, parse_scopes, refusal
from auth.tokens import Code, Identity, Reason

MARKET_ACTIONS = {"depth", "trades", "ticker", "candles", "book", "verify"}
READ_ACTIONS = {"orders", "order.lookup", "order.list", "fill.list"}
WRITE_ACTIONS = {
    "order.new",
    "order.amend",
    "order.cancel",
    "order.cancel_all",
    "order.batch",
    "session.cancel_on_disconnect",
    "session.dead_man",
}
OPEN_ACTIONS = {"auth", "ping", "subscribe", "unsubscribe", "instruments", "stats"}
ACTIONS_BY_SCOPE = {
    Scope.MARKET_READ: MARKET_ACTIONS,
    Scope.ORDERS_READ: READ_ACTIONS,
    Scope.ORDERS_WRITE: WRITE_ACTIONS,
    Scope.ADMIN: {"admin"},
}


def holder(*scopes: str) -> Identity:
    return Identity("alice", frozenset(scopes), 0)


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_its_own_actions_and_no_others(scope: Scope) -> None:
    opened = {
        action
        for action in REQUIRED_SCOPES
        if refusal(action, holder(scope), public_market_data=False) is None
    }
    assert opened == ACTIONS_BY_SCOPE[scope] | OPEN_ACTIONS


def test_without_a_scope_an_action_is_forbidden_by_name() -> None:
    refused = refusal("order.new", holder("orders:read", "admin"), public_market_data=True)
    assert refused is not None
    assert (refused.code, refused.reason) == (Code.FORBIDDEN, Reason.SCOPE)
    assert refused.detail == "order.new needs the scope orders:write"


def test_without_a_token_an_action_is_unauthenticated() -> None:
    refused = refusal("depth", None, public_market_data=False)
    assert refused is not None
    assert (refused.code, refused.reason) == (Code.UNAUTHENTICATED, Reason.NO_TOKEN)


def test_public_market_data_opens_the_market_alone_to_everybody() -> None:
    for identity in (None, holder()):
        opened = {
            action
            for action in REQUIRED_SCOPES
            if refusal(action, identity, public_market_data=True) is None
        }
        assert opened == MARKET_ACTIONS | OPEN_ACTIONS


def test_an_action_without_a_rule_is_a_bug_not_a_permission() -> None:
    with pytest.raises(KeyError):
        refusal("order.steal", holder(*Scope), public_market_data=True)


def test_a_list_of_scopes_is_parsed() -> None:
    assert parse_scopes("market:read, admin,admin") == {Scope.MARKET_READ, Scope.ADMIN}


@pytest.mark.parametrize(
    ("text", "named"),
    [("", "''"), ("market:read,", "''"), ("market", "'market'"), ("ADMIN,x", "'ADMIN', 'x'")],
)
def test_unknown_scopes_are_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=f"unknown scope {named}, expected market:read, "):
        parse_scopes(text)
