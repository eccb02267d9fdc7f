"""Build messages as a server sends them, for tests of the client by messages alone."""

from typing import Any

from app.client.checksum import Level, book_checksum

EPOCH = "e1"
Message = dict[str, Any]


def depth_snapshot(seq: int, bids: list[Level], asks: list[Level], **changed: Any) -> Message:
    return {
        "channel": "depth",
        "type": "snapshot",
        "epoch": EPOCH,
        "symbol": "ACME-USD",
        "seq": seq,
        "bids": [list(level) for level in bids],
        "asks": [list(level) for level in asks],
        "checksum": book_checksum(asks, bids),
        "engine_us": 1_000 + seq,
        "part": 1,
        "last": True,
        **changed,
    }


def depth_delta(
    prev_seq: int,
    seq: int,
    bids: list[Level],
    asks: list[Level],
    after: tuple[list[Level], list[Level]],
    **changed: Any,
) -> Message:
    """Build a delta; `after` is the whole book (bids, asks) that its checksum is of."""
    return {
        **depth_snapshot(seq, bids, asks),
        "type": "delta",
        "prev_seq": prev_seq,
        "checksum": book_checksum(after[1], after[0]),
        **changed,
    }


def trades_message(kind: str, first: int, count: int, **changed: Any) -> Message:
    """Build trades numbered from `first`."""
    trades = [
        {
            "trade_id": str(first + i),
            "price": "100.20",
            "quantity": "1.0000",
            "aggressor": "buy",
            "engine_us": 1_000 + i,
        }
        for i in range(count)
    ]
    return {
        "channel": "trades",
        "type": kind,
        "epoch": EPOCH,
        "symbol": "ACME-USD",
        "prev_seq": first - 1,
        "seq": first + count - 1,
        "trades": trades,
        **changed,
    }


def order(order_id: int, **changed: Any) -> Message:
    return {
        "order_id": str(order_id),
        "client_order_id": None,
        "account": "alice",
        "symbol": "ACME-USD",
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "price": "100.20",
        "stop_price": None,
        "quantity": "1.0000",
        "display_quantity": None,
        "filled_quantity": "0.0000",
        "remaining_quantity": "1.0000",
        "cancelled_quantity": "0.0000",
        "average_price": None,
        "status": "open",
        "reason": None,
        "post_only": False,
        "self_trade_prevention": "cancel_newest",
        "expire_at_us": None,
        "created_us": 1,
        "updated_us": 1,
        "seq": 1,
        "durable": False,
        **changed,
    }


def orders_snapshot(seq: int, *ids: int, **changed: Any) -> Message:
    return {
        "channel": "orders",
        "type": "snapshot",
        "epoch": EPOCH,
        "seq": seq,
        "orders": [order(order_id) for order_id in ids],
        "part": 1,
        "last": True,
        **changed,
    }


def orders_update(seq: int, event: str, order_id: int, **changed: Any) -> Message:
    return {
        "channel": "orders",
        "type": "update",
        "epoch": EPOCH,
        "prev_seq": seq - 1,
        "seq": seq,
        "event": event,
        "order": order(order_id, **changed),
        "fill": None,
    }


def hello(**changed: Any) -> Message:
    limits = {
        "message_bytes": 65_536,
        "outbox_bytes": 1,
        "subscriptions": 1,
        "messages_per_s": 0,
        "orders_per_s": 0,
        "batch_orders": 1,
        "open_orders": 0,
    }
    return {
        "type": "hello",
        "server_us": 1,
        "epoch": EPOCH,
        "connection_id": "c1",
        "limits": limits,
        "heartbeat_ms": 5_000,
        **changed,
    }


def error(request_id: int | None, code: str, **changed: Any) -> Message:
    return {
        "type": "error",
        "id": request_id,
        "op": None,
        "code": code,
        "message": f"it is {code}",
        "temporary": False,
        "retry_after_ms": None,
        **changed,
    }
