"""Check the client's ticker."""

import pytest

from app.client.errors import StaleData
from app.client.replica import Fault
from app.client.ticker import LatestTicker
from tests.client.server_messages import EPOCH, Message


def ticker(seq: int, bid: str | None) -> Message:
    names = "bid_quantity ask ask_quantity last last_quantity open high low engine_us".split()
    nothing: Message = dict.fromkeys(names)
    head = {"channel": "ticker", "type": "update", "epoch": EPOCH, "symbol": "ACME-USD"}
    return {**head, **nothing, "seq": seq, "bid": bid, "volume": "0.0000"}


def test_the_last_ticker_counts() -> None:
    latest = LatestTicker("ACME-USD")
    with pytest.raises(StaleData):
        _ = latest.latest
    assert latest.apply(ticker(4, None)) is None
    assert latest.apply(ticker(9, "100.20")) is None
    assert (latest.latest.bid, latest.seq) == ("100.20", 9)


@pytest.mark.parametrize(
    ("message", "fault"),
    [(ticker(3, "100.20"), Fault.GAP), ({"type": "update", "seq": 5}, Fault.MALFORMED)],
)
def test_a_ticker_that_does_not_fit_is_not_shown(message: Message, fault: Fault) -> None:
    latest = LatestTicker("ACME-USD")
    assert latest.apply(ticker(4, "100.10")) is None
    assert latest.apply(message) is fault
    with pytest.raises(StaleData):
        _ = latest.latest
    latest.reset()
    assert latest.apply(ticker(1, "100.30")) is None
    assert latest.latest.bid == "100.30"
