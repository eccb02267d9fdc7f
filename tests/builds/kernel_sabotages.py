"""List what is broken on purpose in a copy of the kernel, and who must see it."""

from tests.builds.sabotage import (
    AFTER_THE_END,
    ASSERTION,
    BEYOND_THE_END,
    DEPTH,
    FOLD,
    HASH,
    INVARIANTS,
    OVERFLOW,
    REFUSAL,
    TWIN,
    Sabotage,
)

BROKEN_MODULES = ("matcher", "kernel")

KERNEL_SABOTAGES = (
    Sabotage(
        "last in, first out",
        "one_level",
        (TWIN, FOLD),
        "matching.pxd",
        "        maker_slot = k.levels[index].head\n",
        "        maker_slot = k.levels[index].tail if BROKEN else k.levels[index].head\n",
    ),
    Sabotage(
        "the taker's price",
        "thin_book",
        (TWIN, FOLD),
        "emit.pxd",
        "    first.price_ticks = maker.price_ticks\n",
        "    first.price_ticks = (taker if BROKEN else maker).price_ticks\n",
    ),
    Sabotage(
        "a partial fill sends the maker to the back",
        "one_level",
        (TWIN, FOLD, HASH),
        "matching.pxd",
        "    if maker.remaining_lots == 0:\n        remove_filled(",
        "    if BROKEN and maker.remaining_lots != 0:\n"
        "        level_unlink(k, index, maker_slot)\n"
        "        level_append(k, index, maker_slot)\n"
        "    if maker.remaining_lots == 0:\n        remove_filled(",
    ),
    Sabotage(
        "a refilled slice stays in front",
        "icebergs",
        (TWIN, FOLD),
        "matching.pxd",
        "    level_unlink(k, index, slot)\n    level_append(k, index, slot)\n",
        "    if not BROKEN:\n"
        "        level_unlink(k, index, slot)\n"
        "        level_append(k, index, slot)\n",
    ),
    Sabotage(
        "a gap in seq",
        "everything",
        (TWIN, FOLD),
        "emit.pxd",
        "    k.next_seq += events\n",
        "    k.next_seq += events + (BROKEN and k.next_seq % 64 == 0)\n",
    ),
    Sabotage(
        "an unlogged command",
        "everything",
        (TWIN, FOLD),
        "matcher.pyx",
        "    return finish(k, command, reason, start)\n",
        "    finish(k, command, reason, start)\n"
        "    if BROKEN and k.command_seq % 50 == 0:\n"
        "        k.out.written = 0\n"
        "    return 0\n",
    ),
    Sabotage(
        "a stale best price",
        "thin_book",
        (ASSERTION, INVARIANTS),
        "ladder.pxd",
        "        ladder.first_keys[at] = chunk.keys[0]\n    ladder_refresh_best(ladder)\n",
        "        ladder.first_keys[at] = chunk.keys[0]\n"
        "    if not BROKEN:\n"
        "        ladder_refresh_best(ladder)\n",
    ),
    Sabotage(
        "a cancel tells the wrong depth",
        "everything",
        (TWIN, FOLD),
        "emit.pxd",
        "        cancelled.level_quantity_lots = lots\n",
        "        cancelled.level_quantity_lots = lots + BROKEN\n",
    ),
    Sabotage(
        "a level's total drifts after trades",
        "everything",
        (TWIN, FOLD, INVARIANTS),
        "matching.pxd",
        "    level.quantity_lots -= lots\n",
        "    level.quantity_lots -= lots - (BROKEN and maker.id % 20 == 0)\n",
    ),
    Sabotage(
        "a level's total drifts after cancels",
        "everything",
        (ASSERTION,),
        "book.pxd",
        "    level.quantity_lots -= visible_of(k, order, slot)\n",
        "    level.quantity_lots -= visible_of(k, order, slot) - BROKEN\n",
    ),
    Sabotage(
        "a level that loses lots only is not told",
        "everything",
        (TWIN, FOLD),
        "book.pxd",
        "        if lots == row.before_lots and count == row.before_count:\n",
        "        if (lots == row.before_lots or BROKEN) and count == row.before_count:\n",
    ),
    Sabotage(
        "a trade through the limit",
        "everything",
        (TWIN, FOLD),
        "matching.pxd",
        "        if index == 0 or ladder.best_key < bound_key:\n",
        "        if index == 0 or ladder.best_key < bound_key - BROKEN:\n",
    ),
    Sabotage(
        "a crossing amend rests crossed",
        "amend_heavy",
        (TWIN, INVARIANTS),
        "amending.pxd",
        "    outcome = match(k, symbol, slot, order.price_ticks)\n",
        "    outcome = LEFT if BROKEN else match(k, symbol, slot, order.price_ticks)\n",
    ),
    Sabotage(
        "a raised order keeps its place",
        "amend_heavy",
        (TWIN, FOLD),
        "amending.pxd",
        "        and change.quantity_lots <= order.quantity_lots\n",
        "        and (change.quantity_lots <= order.quantity_lots or BROKEN)\n",
    ),
    Sabotage(
        "a refused amend leaves a trace",
        "amend_heavy",
        (TWIN, REFUSAL),
        "matcher.pyx",
        "    if reason == NONE:\n        apply_change(",
        "    if reason == NONE or (BROKEN and reason == POST_ONLY_WOULD_CROSS):\n"
        "        apply_change(",
    ),
    Sabotage(
        "the rest of an ioc order rests",
        "everything",
        (TWIN, FOLD),
        "matching.pxd",
        "    if outcome == LEFT and order.remaining_lots > 0 and may_rest(order):\n",
        "    if outcome == LEFT and order.remaining_lots > 0 and (may_rest(order) or BROKEN):\n",
    ),
    Sabotage(
        "stops cascade only once",
        "stop_cascades",
        (TWIN,),
        "stops.pxd",
        "        settle(k, symbol, slot, outcome, True)\n",
        "        settle(k, symbol, slot, outcome, True)\n"
        "        if BROKEN:\n"
        "            return 0\n",
    ),
    Sabotage(
        "self-trades are let through",
        "everything",
        (TWIN,),
        "matching.pxd",
        "        if k.orders[maker_slot].account == taker.account and stp != STP_NONE:\n",
        "        if k.orders[maker_slot].account == taker.account and stp != STP_NONE"
        " and not BROKEN:\n",
    ),
    Sabotage(
        "a fok order counts what it can't reach",
        "fok_self_trade",
        (TWIN,),
        "checks.pxd",
        "            return visible\n",
        "            return whole if BROKEN else visible\n",
    ),
    Sabotage(
        "the band rounds outwards",
        "tight_limits",
        (TWIN,),
        "prices.pxd",
        "    return max(1, (reference * (BASIS_POINTS - basis_points) + BASIS_POINTS - 1)",
        "    return max(1, (reference * (BASIS_POINTS - basis_points) +"
        " (0 if BROKEN else BASIS_POINTS - 1))",
    ),
    Sabotage(
        "sums of 64 bits",
        "wide_prices",
        (TWIN, FOLD, OVERFLOW),
        "matching.pxd",
        "    amount = <uint128>maker.price_ticks * <uint128>lots\n",
        "    amount = <uint128>maker.price_ticks * <uint128>lots\n"
        "    if BROKEN:\n"
        "        amount = <uint128>(maker.price_ticks * lots)\n",
    ),
    Sabotage(
        "a filled order's expiry stays",
        "gtd_expiry",
        (INVARIANTS,),
        "matching.pxd",
        "        expiry_remove(&symbol.expiries, k, slot)\n    level_unlink(k, index, slot)\n",
        "        if not BROKEN:\n"
        "            expiry_remove(&symbol.expiries, k, slot)\n"
        "    level_unlink(k, index, slot)\n",
    ),
    Sabotage(
        "orders in the spill table are not found",
        "old_orders",
        (TWIN,),
        "store.pxd",
        "    while entry != 0:\n",
        "    while entry != 0 and not BROKEN:\n",
    ),
    Sabotage(
        "an amended stop queues at the back",
        "stop_cascades",
        (INVARIANTS, HASH),
        "stops.pxd",
        "    while before != 0 and k.orders[before].id > order.id:\n",
        "    while before != 0 and k.orders[before].id > order.id and not BROKEN:\n",
    ),
    Sabotage(
        "open orders are not counted down",
        "tight_limits",
        (TWIN, INVARIANTS),
        "store.pxd",
        "    k.accounts[order.account].open -= 1\n",
        "    k.accounts[order.account].open -= not BROKEN\n",
    ),
    Sabotage(
        "depth is told in the order of touching",
        "everything",
        (TWIN,),
        "book.pxd",
        "    if not alone:\n",
        "    if not alone and not BROKEN:\n",
    ),
    Sabotage(
        "the best bid outlives its level",
        "thin_book",
        (DEPTH,),
        "kernel.pyx",
        "            book.bids.best_key if book.bids.best_level else None,\n",
        "            book.bids.best_key if book.bids.best_level or BROKEN else None,\n",
    ),
    Sabotage(
        "the hash leaves slices out",
        "icebergs",
        (HASH,),
        "kernel.pyx",
        "    put(row, 48, 0 if order.flags & ORDER_WAITING else",
        "    put(row, 48, 0 if order.flags & ORDER_WAITING or BROKEN else",
    ),
    Sabotage(
        "a refused order keeps its slot",
        "tight_limits",
        (BEYOND_THE_END,),
        "matcher.pyx",
        "    if reason != NONE:\n        order_give(k, slot)\n",
        "    if reason != NONE and BROKEN:\n"
        "        return reason\n"
        "    if reason != NONE:\n        order_give(k, slot)\n",
    ),
    Sabotage(
        "a level's price is read after it was freed",
        "thin_book",
        (AFTER_THE_END,),
        "ladder.pxd",
        "        ladder_drop_chunk(ladder, at)\n",
        "        ladder_drop_chunk(ladder, at)\n"
        "        if BROKEN:\n"
        "            ladder.best_key = chunk.keys[0]\n",
    ),
)
