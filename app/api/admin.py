"""Serve the administrator: market states, and what an account may do.

Role: REST handlers and their rows of the table. Whatever touches the book goes through the engine
as a command.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from app import wire
from app.api.answers import answer_of
from app.api.call import ENGINE_CODES, Answer, ApiRequest, Call
from app.api.market import listed
from app.api.services import Services
from app.api.shapes import (
    AccountBlocked,
    AccountCancelled,
    AccountDisconnected,
    MarketStateBody,
    SymbolState,
)
from app.engine_refusals import ENGINE_REFUSALS
from app.errors import CloseCode, Refusal, refuse
from app.limits import CANCELLED_IDS_MAX
from app.submission import Outcome
from auth.tokens import ACCOUNT_PATTERN
from engine.commands import CancelAll, Command, MarketState, SetMarketState
from engine.reasons import Reason


async def halt(services: Services, request: ApiRequest) -> Answer:
    """Take nothing but cancels from here on."""
    return await _set_state(services, request, MarketState.HALTED, cancel_orders=False)


async def resume(services: Services, request: ApiRequest) -> Answer:
    """Take everything again."""
    return await _set_state(services, request, MarketState.OPEN, cancel_orders=False)


async def set_market_state(services: Services, request: ApiRequest) -> Answer:
    """Put a symbol into any state, if wanted with an empty book."""
    try:
        body = msgspec.convert(request.fields, MarketStateBody)
    except msgspec.ValidationError as error:
        return refuse("invalid_request", str(error))
    state = MarketState[body.state.upper()]
    return await _set_state(services, request, state, cancel_orders=body.cancel_orders)


def block(services: Services, request: ApiRequest) -> Answer:
    """Keep an account out: its requests are refused, its connections closed 4403."""
    account = _account(request)
    if isinstance(account, Refusal):
        return account
    services.blocks.block(account)
    closed = services.disconnect(account, CloseCode.FORBIDDEN)
    return AccountBlocked(account, blocked=True, connections=closed)


def unblock(services: Services, request: ApiRequest) -> Answer:
    """Let an account in again."""
    account = _account(request)
    if isinstance(account, Refusal):
        return account
    services.blocks.unblock(account)
    return AccountBlocked(account, blocked=False, connections=0)


def disconnect(services: Services, request: ApiRequest) -> Answer:
    """Close an account's connections; it may come back."""
    account = _account(request)
    if isinstance(account, Refusal):
        return account
    closed = services.disconnect(account, CloseCode.REPLACED)
    return AccountDisconnected(account, closed)


async def cancel_account_orders(services: Services, request: ApiRequest) -> Answer:
    """Cancel all orders of an account; one that never sent any has none."""
    account = _account(request)
    if isinstance(account, Refusal):
        return account
    number = services.accounts.number(account)
    if number is None:
        return AccountCancelled(account, 0, ())
    outcome = await _done(services, CancelAll(account=number, reason=Reason.ADMIN))
    if isinstance(outcome, Refusal):
        return outcome
    ids = outcome.cancelled_ids
    return AccountCancelled(account, len(ids), tuple(map(str, ids[:CANCELLED_IDS_MAX])))


async def _set_state(
    services: Services, request: ApiRequest, state: MarketState, *, cancel_orders: bool
) -> Answer:
    listing = listed(services, request)
    if isinstance(listing, Refusal):
        return listing
    command = SetMarketState(symbol=listing.symbol, state=state, cancel_orders=cancel_orders)
    outcome = await _done(services, command)
    if isinstance(outcome, Refusal):
        return outcome
    return SymbolState(listing.symbol, wire.MARKET_STATE_NAMES[state])


async def _done(services: Services, command: Command) -> Outcome | Refusal:
    """Return what became of a command once the engine has accepted it, else why not."""

    def start(done: Callable[[Outcome | Refusal], None]) -> None:
        refusal = services.submit(command, done)
        if refusal is not None:
            done(refusal)

    outcome = await answer_of(start, services.answer_timeout_s)
    if isinstance(outcome, Refusal):
        return outcome
    if outcome.unknown:
        return refuse("outcome_unknown", "the engine stopped before it answered")
    if not outcome.accepted:
        return ENGINE_REFUSALS[outcome.reason]
    return outcome


def _account(request: ApiRequest) -> str | Refusal:
    account = request.path["account"]
    if ACCOUNT_PATTERN.fullmatch(account) is None:
        return refuse("invalid_request", "account: 1-64 of A-Z a-z 0-9 . _ : - expected")
    return account


_MARKET_STATE: Final = ("unknown_symbol", *ENGINE_CODES)

CALLS: Final = (
    Call(
        method="POST",
        path="/v1/admin/halt/{symbol}",
        handler=halt,
        summary="Take nothing but cancels",
        tag="admin",
        action="admin",
        answer=SymbolState,
        codes=_MARKET_STATE,
    ),
    Call(
        method="POST",
        path="/v1/admin/resume/{symbol}",
        handler=resume,
        summary="Take everything again",
        tag="admin",
        action="admin",
        answer=SymbolState,
        codes=_MARKET_STATE,
    ),
    Call(
        method="POST",
        path="/v1/admin/market/{symbol}",
        handler=set_market_state,
        summary="Put a symbol into any state, if wanted with an empty book",
        tag="admin",
        action="admin",
        body=MarketStateBody,
        answer=SymbolState,
        codes=_MARKET_STATE,
    ),
    Call(
        method="POST",
        path="/v1/admin/accounts/{account}/block",
        handler=block,
        summary="Keep an account out and close its connections",
        tag="admin",
        action="admin",
        answer=AccountBlocked,
    ),
    Call(
        method="POST",
        path="/v1/admin/accounts/{account}/unblock",
        handler=unblock,
        summary="Let an account in again",
        tag="admin",
        action="admin",
        answer=AccountBlocked,
    ),
    Call(
        method="POST",
        path="/v1/admin/accounts/{account}/cancel_all",
        handler=cancel_account_orders,
        summary="Cancel all orders of an account",
        tag="admin",
        action="admin",
        answer=AccountCancelled,
        codes=ENGINE_CODES,
    ),
    Call(
        method="POST",
        path="/v1/admin/accounts/{account}/disconnect",
        handler=disconnect,
        summary="Close an account's connections",
        tag="admin",
        action="admin",
        answer=AccountDisconnected,
    ),
)
