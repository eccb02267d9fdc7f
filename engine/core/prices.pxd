# cython: language_level=3
"""Find the prices that bound an order: the reference, the band, a market order's worst price.

Kernel code, included by cimport; changes nothing.
"""

from engine.core.book cimport ladder_of
from engine.core.ladder cimport *
from engine.core.types cimport *

cdef enum:
    PRICE_TICKS_LIMIT = 1LL << 40  # engine/limits.py, one past the largest
    QUANTITY_LOTS_LIMIT = 1LL << 48
    LEVEL_LOTS_MAX = 1LL << 62
    BASIS_POINTS = 10000
    SLICES_MAX = 1000
    NANOSECONDS_PER_MICROSECOND = 1000


cdef inline uint8_t opposite(uint8_t side) noexcept nogil:
    return SELL if side == BUY else BUY


cdef inline uint8_t stp_of(const Order *order) noexcept nogil:
    return (order.flags & ORDER_STP_MASK) >> ORDER_STP_SHIFT


cdef inline bint may_rest(const Order *order) noexcept nogil:
    return order.time_in_force == GTC or order.time_in_force == GTD


cdef inline bint is_price(int64_t price_ticks) noexcept nogil:
    return 0 < price_ticks < PRICE_TICKS_LIMIT


cdef inline int64_t slice_of(const Order *order, const Extra *extra, int64_t lots) noexcept nogil:
    """Return what so many remaining lots of an order would show, in lots."""
    if order.flags & ORDER_ICEBERG:
        return min(extra.display_lots, lots)
    return lots


cdef inline int64_t reference_of(Symbol *symbol, uint8_t side) noexcept nogil:
    """Return the last trade before the unit, else the best opposite price, else 0."""
    cdef const Ladder *ladder
    if symbol.reference_ticks != 0:
        return symbol.reference_ticks
    ladder = ladder_of(symbol, opposite(side))
    if ladder.best_level == 0:
        return 0
    return ladder.best_key if side == SELL else -ladder.best_key


cdef inline int64_t band_low(int64_t reference, int64_t basis_points) noexcept nogil:
    """Return the lowest price of a band, rounded inwards, at least one tick."""
    if basis_points >= BASIS_POINTS:
        return 1
    return max(1, (reference * (BASIS_POINTS - basis_points) + BASIS_POINTS - 1) // BASIS_POINTS)


cdef inline int64_t band_high(int64_t reference, int64_t basis_points) noexcept nogil:
    return reference * (BASIS_POINTS + basis_points) // BASIS_POINTS


cdef inline bint outside_band(Symbol *symbol, uint8_t side, int64_t price_ticks) noexcept nogil:
    cdef int64_t reference
    if symbol.band_basis_points == 0:
        return False
    reference = reference_of(symbol, side)
    if reference == 0:
        return False
    return (
        price_ticks < band_low(reference, symbol.band_basis_points)
        or price_ticks > band_high(reference, symbol.band_basis_points)
    )


cdef inline int64_t market_bound(Symbol *symbol, uint8_t side) noexcept nogil:
    """Return the worst price at which a market order may trade, 0 without a reference."""
    cdef int64_t reference = reference_of(symbol, side)
    cdef int64_t basis_points = symbol.band_basis_points
    if basis_points == 0:
        basis_points = symbol.protection_basis_points
    if reference == 0:
        return 0
    return band_high(reference, basis_points) if side == BUY else band_low(reference, basis_points)


cdef inline int64_t bound_of(Symbol *symbol, const Order *order) noexcept nogil:
    """Return the worst price at which an incoming order may trade."""
    return order.price_ticks if order.price_ticks != 0 else market_bound(symbol, order.side)
