"""Read and write commands as the short lines that the case files use.

1 buy 10 @ 100 ioc              account 1, a limit order, immediate or cancel
2 sell 5 market                 also: gtc, fok, gtd TIME, post_only, display LOTS, stp MODE,
2 sell 5 stop 95                deadline TIME, id TEXT, connection NUMBER, as TYPE, on SYMBOL
2 sell 5 @ 94 stop 95           a stop-limit
1 amend #3 quantity 7 @ 101     also: stop PRICE
1 cancel #3                     also: a reason
1 cancel all on X               also: a reason; without "on": of all symbols
state halted cancel             "cancel" clears the book too
expire · account 7 · list Y     time passes · register an account · list an instrument
change Y max 4                  change an instrument's limits
"""

from typing import Any

from engine.commands import (
    AddAccount,
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Expire,
    MarketState,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    SetMarketState,
    Side,
    TimeInForce,
    UpdateInstrument,
)
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.event_text import DEFAULT_SYMBOL

NUMBERS = {
    "@": "price_ticks",
    "stop": "stop_price_ticks",
    "quantity": "quantity_lots",
    "display": "display_lots",
    "deadline": "deadline_us",
    "connection": "connection",
}
INSTRUMENT_WORDS = {
    "tick": "tick_size",
    "lot": "lot_size",
    "min": "min_quantity",
    "max": "max_quantity",
    "notional": "max_notional",
    "band": "price_band_pct",
    "protection": "market_protection_pct",
}
UNIT_STEPS = {"tick_size": "1", "lot_size": "1"}


def parse_instrument(words: list[str]) -> Instrument:
    """Read "X min 2 max 50 …".

    Steps are 1 where no other is named, so that ticks and lots are the numbers written.
    """
    fields = dict(UNIT_STEPS)
    fields |= {INSTRUMENT_WORDS[word]: value for word, value in _pairs(words[1:])}
    return Instrument(words[0], **fields)


def instrument_text(instrument: Instrument) -> str:
    """Write an instrument as `parse_instrument` reads it."""
    words = [instrument.symbol]
    for word, field in INSTRUMENT_WORDS.items():
        if getattr(instrument, field) != UNIT_STEPS.get(field):
            words += [word, getattr(instrument, field)]
    return " ".join(words)


def parse_command(text: str, received_ns: int) -> Command:
    """Read one command; raises ValueError or KeyError for what is none."""
    words = text.split()
    match words:
        case ["expire"]:
            return Expire(received_ns=received_ns)
        case ["account", number]:
            return AddAccount(account=int(number), received_ns=received_ns)
        case ["list", *rest]:
            return AddInstrument(instrument=parse_instrument(rest), received_ns=received_ns)
        case ["change", *rest]:
            return UpdateInstrument(instrument=parse_instrument(rest), received_ns=received_ns)
        case ["state", state, *rest]:
            fields, flags = _options(rest)
            return SetMarketState(
                symbol=fields.get("symbol", DEFAULT_SYMBOL),
                state=MarketState[state.upper()],
                cancel_orders="cancel" in flags,
                received_ns=received_ns,
            )
        case [account, verb, *rest]:
            return _account_command(int(account), verb, rest, received_ns)
    raise ValueError(f"not a command: {text!r}")


def _account_command(account: int, verb: str, rest: list[str], received_ns: int) -> Command:
    common: dict[str, Any] = {"account": account, "received_ns": received_ns}
    if verb in ("buy", "sell"):
        return _new_order(Side[verb.upper()], rest, common)
    fields, flags = _options(rest[1:])
    if verb == "amend":
        symbol = fields.pop("symbol", DEFAULT_SYMBOL)
        return AmendOrder(symbol=symbol, order_id=int(rest[0][1:]), **fields, **common)
    if verb != "cancel":
        raise ValueError(f"not a command: {verb!r}")
    reason = Reason[flags[0].upper()] if flags else Reason.USER
    if rest[0] == "all":
        return CancelAll(symbol=fields.get("symbol"), reason=reason, **common)
    symbol = fields.get("symbol", DEFAULT_SYMBOL)
    return CancelOrder(symbol=symbol, order_id=int(rest[0][1:]), reason=reason, **common)


def _new_order(side: Side, words: list[str], common: dict[str, Any]) -> NewOrder:
    fields, flags = _options(words[1:])
    fields.setdefault("symbol", DEFAULT_SYMBOL)
    stopped = "stop_price_ticks" in fields
    implied = OrderType.STOP if stopped else OrderType.MARKET
    if "price_ticks" in fields:
        implied = OrderType.STOP_LIMIT if stopped else OrderType.LIMIT
    fields.setdefault("type", implied)
    for flag in flags:
        if flag == "post_only":
            fields["post_only"] = True
        elif flag != "market":
            fields["time_in_force"] = TimeInForce[flag.upper()]
    return NewOrder(side=side, quantity_lots=int(words[0]), **fields, **common)


def _options(words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Split words into fields (a word and its value) and flags (a word alone)."""
    fields: dict[str, Any] = {}
    flags: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in NUMBERS:
            fields[NUMBERS[word]] = int(next(rest))
        elif word == "gtd":
            time = next(rest)
            fields["time_in_force"] = TimeInForce.GTD
            fields["expire_at_us"] = None if time == "none" else int(time)
        elif word == "expires":
            fields["expire_at_us"] = int(next(rest))
        elif word == "stp":
            fields["self_trade_prevention"] = SelfTradePrevention[next(rest).upper()]
        elif word == "as":
            fields["type"] = OrderType[next(rest).upper()]
        elif word == "id":
            fields["client_order_id"] = next(rest)
        elif word == "on":
            fields["symbol"] = next(rest)
        else:
            flags.append(word)
    return fields, flags


def command_text(command: Command) -> str:
    """Write a command as `parse_command` reads it; its time is not in the line."""
    match command:
        case Expire():
            return "expire"
        case AddAccount():
            return f"account {command.account}"
        case AddInstrument():
            return f"list {instrument_text(command.instrument)}"
        case UpdateInstrument():
            return f"change {instrument_text(command.instrument)}"
        case SetMarketState():
            cancel = " cancel" if command.cancel_orders else ""
            return f"state {command.state.name.lower()}{cancel}{_on(command.symbol)}"
        case NewOrder():
            return _new_order_text(command)
        case AmendOrder():
            terms = _numbers(command, ("quantity", "@", "stop"))
            return f"{command.account} amend #{command.order_id}{terms}{_on(command.symbol)}"
        case CancelOrder():
            what = f"#{command.order_id}{_on(command.symbol)}"
            return f"{command.account} cancel {what} {command.reason.name.lower()}"
        case CancelAll():
            where = "" if command.symbol is None else f" on {command.symbol}"
            return f"{command.account} cancel all{where} {command.reason.name.lower()}"
    raise ValueError(f"no text for {command!r}")


def _new_order_text(command: NewOrder) -> str:
    assert command.time_in_force is not None, "NewOrder fills in the time in force"
    words = [f"{command.account} {command.side.name.lower()} {command.quantity_lots}"]
    words.append(_numbers(command, ("@", "stop")).strip())
    words.append(f"as {command.type.name.lower()}")
    time = "none" if command.expire_at_us is None else str(command.expire_at_us)
    words.append(command.time_in_force.name.lower())
    if command.time_in_force is TimeInForce.GTD:
        words.append(time)
    elif command.expire_at_us is not None:
        words.append(f"expires {time}")
    if command.post_only:
        words.append("post_only")
    words.append(_numbers(command, ("display", "deadline")).strip())
    words.append(f"stp {command.self_trade_prevention.name.lower()}")
    if command.client_order_id is not None:
        words.append(f"id {command.client_order_id}")
    if command.connection:
        words.append(f"connection {command.connection}")
    return " ".join(" ".join(words).split()) + _on(command.symbol)


def _numbers(command: Command, words: tuple[str, ...]) -> str:
    values = [(word, getattr(command, NUMBERS[word])) for word in words]
    return "".join(f" {word} {value}" for word, value in values if value is not None)


def _on(symbol: str) -> str:
    return "" if symbol == DEFAULT_SYMBOL else f" on {symbol}"


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    return list(zip(words[::2], words[1::2], strict=True))
