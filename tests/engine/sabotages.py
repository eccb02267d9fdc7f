"""List what is broken on purpose in copies of the twin: one place of its source each."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import engine.reference
from tests.engine.implementations import EngineClass

SOURCES = sorted(Path(engine.reference.__file__).parent.glob("reference*.py"))


@dataclass(frozen=True)
class Sabotage:
    """A name, the profile that shows it, the text as it is, the text as it is broken."""

    name: str
    profile: str
    text: str
    broken: str


def sabotaged(folder: Path, package: str, sabotage: Sabotage) -> EngineClass:
    """Return the twin of a copied package in which one place is broken."""
    target = folder / package
    target.mkdir()
    (target / "__init__.py").write_text("")
    hits = 0
    for source in SOURCES:
        text = source.read_text("utf-8")
        hits += text.count(sabotage.text)
        text = text.replace(sabotage.text, sabotage.broken)
        text = text.replace("from engine.reference", f"from {package}.reference")
        (target / source.name).write_text(text, "utf-8")
    assert hits == 1, f"what to break stands {hits} times in the twin: {sabotage.text!r}"
    twin: EngineClass = import_module(f"{package}.reference").ReferenceEngine
    return twin


BY_FOLD = (
    Sabotage(
        "last in, first out",
        "one_level",
        "return next(iter(self.orders.values()))",
        "return next(reversed(self.orders.values()))",
    ),
    Sabotage(
        "the taker's price",
        "thin_book",
        "    price_ticks = maker.price_ticks\n",
        "    price_ticks = taker.price_ticks or maker.price_ticks\n",
    ),
    Sabotage(
        "a refilled slice stays in front",
        "icebergs",
        "    iceberg.book.sides[iceberg.side].add(iceberg)\n",
        (
            "    side = iceberg.book.sides[iceberg.side]\n"
            "    side.add(iceberg)\n"
            "    side.level(iceberg.price_ticks).orders.move_to_end(iceberg.order_id, last=False)\n"
        ),
    ),
    Sabotage(
        "a slice is not refilled",
        "icebergs",
        "            replenish(market, maker)\n",
        "            maker.book.sides[maker.side].add(maker)\n",
    ),
    Sabotage(
        "a gap in seq",
        "everything",
        "        self.next_seq += 1\n",
        "        self.next_seq += 2 if self.next_seq == 700 else 1\n",
    ),
    Sabotage(
        "a stale best price",
        "thin_book",
        "        return self.levels.peekitem(0)[1] if self.levels else None\n",
        (
            "        kept = getattr(self, 'kept', None)\n"
            "        if kept is None or not kept.orders:\n"
            "            self.kept = self.levels.peekitem(0)[1] if self.levels else None\n"
            "        return self.kept\n"
        ),
    ),
    Sabotage(
        "a level's total drifts",
        "everything",
        "        level.visible_lots -= order.visible_lots\n",
        "        level.visible_lots -= order.visible_lots - (order.order_id % 50 == 0)\n",
    ),
    Sabotage(
        "a changed level is not told",
        "everything",
        "            if now != self._before[price_ticks]:\n",
        "            if now != self._before[price_ticks] and price_ticks % 11:\n",
    ),
    Sabotage(
        "a trade through the limit",
        "everything",
        "    return rank(maker_side, price_ticks) <= rank(maker_side, bound_ticks)\n",
        "    return rank(maker_side, price_ticks) <= rank(maker_side, bound_ticks) + 1\n",
    ),
    Sabotage(
        "a raised order keeps its place",
        "amend_heavy",
        "    return same_prices(order, after) and after.quantity_lots <= order.quantity_lots\n",
        "    return same_prices(order, after)\n",
    ),
    Sabotage(
        "the rest of an ioc order rests",
        "everything",
        "    if order.may_rest:\n",
        "    if True:\n",
    ),
    Sabotage(
        "stops cascade only once",
        "stop_cascades",
        "    while (stop := next_due_stop(book)) is not None:\n",
        "    for stop in filter(None, [next_due_stop(book)]):\n",
    ),
    Sabotage(
        "a fill is told to one side only",
        "everything",
        "in ((maker, taker, Role.MAKER), (taker, maker, Role.TAKER)):\n",
        "in ((maker, taker, Role.MAKER),):\n",
    ),
    Sabotage(
        "a refused amend leaves a trace",
        "amend_heavy",
        ("    if reason is Reason.NONE:\n        apply("),
        ("    if reason in (Reason.NONE, Reason.POST_ONLY_WOULD_CROSS):\n        apply("),
    ),
)
"""What the events contradict by themselves."""

BY_TWIN_ALONE = (
    Sabotage(
        "self-trades are let through",
        "everything",
        "        own = maker.account == taker.account\n",
        "        own = False\n",
    ),
    Sabotage(
        "stops go by id alone",
        "first_prints",
        "    return rank(order.side.opposite, order.stop_price_ticks), order.order_id\n",
        "    return rank(order.side.opposite, order.stop_price_ticks) // 2, order.order_id\n",
    ),
    Sabotage(
        "the band rounds outwards",
        "tight_limits",
        "    low = -(-reference * (",
        "    low = (reference * (",
    ),
    Sabotage(
        "a fok order counts what it can't reach",
        "fok_self_trade",
        "    return sum(maker.visible_lots for maker in in_front), True\n",
        "    return sum(maker.remaining_lots for maker in in_front), True\n",
    ),
)
"""What is a market too, only not this one: the twin alone can tell."""
