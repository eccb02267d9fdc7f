"""Check the client's tape of trades."""

from typing import Any

import pytest

from app.client.errors import StaleData
from app.client.replica import Fault
from app.client.tape import TAPE_TRADES_MAX, TradeTape
from tests.client.server_messages import trades_message


def ids(tape: TradeTape) -> list[int]:
    return [int(trade.trade_id) for trade in tape.trades]


def test_trades_follow_the_snapshot_oldest_first() -> None:
    tape = TradeTape("ACME-USD")
    assert tape.apply(trades_message("snapshot", 41, 3, prev_seq=None)) is None
    assert tape.apply(trades_message("update", 44, 2)) is None
    assert ids(tape) == [41, 42, 43, 44, 45]
    assert [int(trade.trade_id) for trade in tape.last_known(2)] == [45, 44]


def test_a_market_without_trades_has_an_empty_live_tape() -> None:
    tape = TradeTape("ACME-USD")
    assert tape.apply(trades_message("snapshot", 1, 0)) is None
    assert tape.trades == ()
    assert tape.apply(trades_message("update", 1, 1)) is None
    assert ids(tape) == [1]


def test_the_tape_is_bounded() -> None:
    tape = TradeTape("ACME-USD")
    assert tape.apply(trades_message("snapshot", 1, 50)) is None
    assert tape.apply(trades_message("update", 51, TAPE_TRADES_MAX)) is None
    assert len(tape.trades) == TAPE_TRADES_MAX
    assert tape.received == 50 + TAPE_TRADES_MAX


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"prev_seq": 42}, Fault.GAP),
        ({"prev_seq": 44, "seq": 46}, Fault.GAP),
        ({"seq": 47}, Fault.GAP),
        ({"trades": []}, Fault.GAP),
        ({"trades": [{"trade_id": "44"}]}, Fault.MALFORMED),
        ({"trades": None}, Fault.MALFORMED),
    ],
)
def test_whatever_breaks_the_chain_makes_the_tape_stale(
    changed: dict[str, Any], fault: Fault
) -> None:
    tape = TradeTape("ACME-USD")
    assert tape.apply(trades_message("snapshot", 41, 3)) is None
    assert tape.apply({**trades_message("update", 44, 2), **changed}) is fault
    with pytest.raises(StaleData):
        assert tape.trades
