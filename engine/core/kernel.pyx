# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: initializedcheck=False
"""Offer the compiled kernel to Python: the matching engine of the in-process API.

Role: the thin object around `matcher.kernel_execute`; the same interface as the readable twin
(engine/reference.py). boundscheck is off since only C arrays are indexed. An engine belongs to the
thread that made it until an engine thread takes it over.
"""

from libc.stdlib cimport free, malloc, realloc

from engine.commands import AddInstrument, Configure
from engine.hashing import digest, state_digest, symbol_header, unpack_order

from engine.core.book cimport *
from engine.core.encoding cimport COMMAND_SLOTS_MAX
from engine.core.invariants cimport check_kernel
from engine.core.matcher cimport kernel_close, kernel_execute, kernel_open
from engine.core.types cimport *

cdef enum:
    BUFFER_SLOTS = 1 << 10
    ORDER_BYTES = 88  # engine/hashing.py, ORDER_BYTES


cdef int grow(Out *out, uint64_t slots) except -1 nogil:
    """Double a buffer until it has room; a unit is bounded by the orders there are."""
    cdef uint64_t wanted = out.mask + 1
    cdef char *base
    while wanted < out.written + slots:
        wanted *= 2
    base = <char *>realloc(out.base, wanted * SLOT_BYTES)
    if base == NULL:
        with gil:
            raise MemoryError("no memory for the events of one command")
    out.base = base
    out.mask = wanted - 1
    out.limit = wanted
    return 0


cdef class MatchingEngine:
    """Match orders of many symbols by price and time, in compiled code.

    `process` answers with the command's whole unit of events. `opening_events` are those of the
    constructor's own commands: `configure`, then one for each instrument. O(log levels) a command
    and O(1) a fill. Raises RuntimeError while an engine thread runs it.

    >>> from engine import Instrument, NewOrder, OrderType, Side
    >>> engine = MatchingEngine([Instrument("ACME-USD", tick_size="0.01", lot_size="0.0001")])
    >>> events = engine.process(NewOrder(symbol="ACME-USD", account=1, side=Side.BUY,
    ...     type=OrderType.LIMIT, price_ticks=10025, quantity_lots=50000, received_ns=1))
    >>> engine.depth("ACME-USD")
    ([(10025, 50000, 1)], [])
    """

    def __cinit__(self):
        kernel_open(&self.kernel)
        self.kernel.out.base = <char *>malloc(BUFFER_SLOTS * SLOT_BYTES)
        if self.kernel.out.base == NULL:
            raise MemoryError("no memory for events")
        self.kernel.out.mask = BUFFER_SLOTS - 1
        self.kernel.out.limit = BUFFER_SLOTS
        self.kernel.out.more = grow
        self.encoder = CommandEncoder()
        self.expander = Expander()
        self._numbers = {}

    def __init__(self, instruments=(), *, configure=None):
        self.opening_events = []
        self.process_into(Configure() if configure is None else configure, self.opening_events)
        for instrument in instruments:
            self.process_into(AddInstrument(instrument=instrument), self.opening_events)

    @staticmethod
    def unconfigured():
        """Return an engine whose first command, its Configure, comes through a ring."""
        cdef MatchingEngine engine = MatchingEngine.__new__(MatchingEngine)
        engine.opening_events = []
        return engine

    def __dealloc__(self):
        if not self.runs:
            free(self.kernel.out.base)
            kernel_close(&self.kernel)

    cdef int idle(self) except -1:
        if self.runs:
            raise RuntimeError("this engine runs on its own thread: send it commands by its ring")
        return 0

    cdef Symbol *book(self, object symbol) except NULL:
        self.idle()
        return self.kernel.symbols[<uint32_t>self._numbers[symbol]]

    # ---- commands ----

    def process(self, command):
        """Carry out one command and return its unit of events; a refusal is an event."""
        cdef list events = []
        self.process_into(command, events)
        return events

    def process_into(self, command, list events):
        """Carry out one command and append its unit of events to a list."""
        self.expander.expand(self.kernel.out.base, self.execute(command), events)

    def execute(self, command):
        """Carry out one command and return how many slots of records it made, not expanded.

        An instrument listed this way has no name in later events: list them by `process`.
        """
        cdef char slots[COMMAND_SLOTS_MAX * SLOT_BYTES]
        self.idle()
        self.encoder.write(command, self.kernel.command_seq + 1, slots)
        self.kernel.out.written = 0
        with nogil:
            kernel_execute(&self.kernel, slots)
        if <uint32_t>len(self._numbers) != self.kernel.symbol_count:
            self._numbers[command.instrument.symbol] = len(self._numbers)
        return self.kernel.out.written

    def records(self):
        """Return the record bytes of the last command's unit."""
        self.idle()
        return self.kernel.out.base[: self.kernel.out.written * SLOT_BYTES]

    # ---- the book ----

    @property
    def command_seq(self):
        """Return how many commands were carried out, refused ones too."""
        return self.kernel.command_seq

    @property
    def living_orders(self):
        """Return how many orders rest or wait."""
        return self.kernel.living

    def best(self, symbol):
        """Return (best bid, best ask) in ticks, None for an empty side. O(1)."""
        cdef Symbol *book = self.book(symbol)
        return (
            book.bids.best_key if book.bids.best_level else None,
            -book.asks.best_key if book.asks.best_level else None,
        )

    def depth(self, symbol, unsigned int levels=10):
        """Return bids and asks as (price_ticks, quantity_lots, order_count), best first.

        `levels` 0 means all. O(levels). Raises KeyError for an unknown symbol.
        """
        cdef Symbol *book = self.book(symbol)
        return self.side_depth(&book.bids, levels), self.side_depth(&book.asks, levels)

    cdef list side_depth(self, const Ladder *ladder, unsigned int levels):
        cdef list rows = []
        cdef uint32_t chunk = ladder.count, place
        cdef const Level *level
        while chunk > 0:
            chunk -= 1
            place = ladder.chunks[chunk].count
            while place > 0:
                place -= 1
                level = &self.kernel.levels[ladder.chunks[chunk].levels[place]]
                rows.append((level.price_ticks, level.quantity_lots, level.count))
                if levels and <unsigned int>len(rows) == levels:
                    return rows
        return rows

    def orders(self, symbol):
        """Return all living orders as `hashing.OrderState`, in the order of the hash. O(orders)."""
        cdef bytes packed = b"".join(self.order_bytes(self.book(symbol)))
        return [
            unpack_order(packed[at : at + ORDER_BYTES])
            for at in range(0, len(packed), ORDER_BYTES)
        ]

    # ---- hashes ----

    def book_hash(self):
        """Return the hash of all books: orders in queue order, stops, states, last trades."""
        self.idle()
        return digest(self.book_chunks())

    def state_hash(self):
        """Return the hash of the books, all counters, the clock and the registries."""
        cdef uint32_t number
        cdef Kernel *k = &self.kernel
        return state_digest(
            self.book_hash(),
            (k.next_seq, k.command_seq, k.next_order_id, k.clock_ns),
            [k.symbols[number].next_trade_id for number in range(k.symbol_count)],
            [number for number in range(k.account_count) if k.accounts[number].registered],
        )

    def book_chunks(self):
        """Yield the bytes that `book_hash` digests."""
        cdef uint32_t number
        cdef Symbol *book
        self.idle()
        for number in range(self.kernel.symbol_count):
            book = self.kernel.symbols[number]
            sides = self.order_bytes(book)
            counts = tuple(len(side) // ORDER_BYTES for side in sides)
            yield symbol_header(number, book.state, book.last_price_ticks, counts)
            yield from sides

    cdef list order_bytes(self, Symbol *book):
        """Return the bytes of bids, asks, buy stops and sell stops."""
        return [
            self.ladder_bytes(&book.bids),
            self.ladder_bytes(&book.asks),
            self.ladder_bytes(&book.buy_stops),
            self.ladder_bytes(&book.sell_stops),
        ]

    cdef bytes ladder_bytes(self, const Ladder *ladder):
        """Return the bytes of a ladder's orders, best level first, each in its queue's order."""
        cdef bytearray packed = bytearray()
        cdef char row[ORDER_BYTES]
        cdef uint32_t chunk = ladder.count, place, slot
        while chunk > 0:
            chunk -= 1
            place = ladder.chunks[chunk].count
            while place > 0:
                place -= 1
                slot = self.kernel.levels[ladder.chunks[chunk].levels[place]].head
                while slot != 0:
                    pack_order(&self.kernel, slot, row)
                    packed += row[:ORDER_BYTES]
                    slot = self.kernel.orders[slot].next
        return bytes(packed)

    def check_invariants(self):
        """Raise InvariantBroken naming the first invariant that does not hold. O(orders)."""
        self.idle()
        check_kernel(&self.kernel)


cdef void put(char *row, int at, uint64_t value) noexcept nogil:
    (<uint64_t *>(row + at))[0] = value


cdef void pack_order(Kernel *k, uint32_t slot, char *row) noexcept nogil:
    """Write an order as `hashing.OrderState.pack` does."""
    cdef const Order *order = &k.orders[slot]
    cdef const Extra *extra = &k.extras[slot]
    cdef bint more = order.flags & ORDER_EXTRA
    put(row, 0, order.id)
    (<uint32_t *>(row + 8))[0] = order.account
    row[12] = order.side
    row[13] = order.type
    row[14] = order.time_in_force
    row[15] = order.flags & (ORDER_POST_ONLY | ORDER_STP_MASK)
    put(row, 16, order.price_ticks)
    put(row, 24, extra.stop_price_ticks if more else 0)
    put(row, 32, order.quantity_lots)
    put(row, 40, order.remaining_lots)
    put(row, 48, 0 if order.flags & ORDER_WAITING else visible_of(k, order, slot))
    put(row, 56, extra.display_lots if more else 0)
    put(row, 64, order.sum_low)
    put(row, 72, order.sum_high)
    put(row, 80, extra.expire_at_us if more else 0)
