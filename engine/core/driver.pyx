# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: initializedcheck=False
"""Drive a kernel with prepared command records: benchmarks without Python between commands.

Role: shows compiled callers how to use `kernel_execute`, and lets benchmarks time the kernel
alone. boundscheck is off since nothing but C arrays is indexed, up to lengths found beforehand.
It reads no clock: `time_batches` is given one. Belongs to the thread that owns the engine.
"""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from engine.core.kernel cimport MatchingEngine
from engine.core.matcher cimport (
    FORESEEN_COMMANDS,
    FORESEEN_FROM_ORDERS,
    kernel_execute,
    kernel_foresee,
)
from engine.core.types cimport *

cdef extern from *:
    """
    #define depthcast_keep(value) __asm__ volatile("" : : "r"(value) : "memory")
    """
    # Without it the compiler would read the best prices once for all.
    void keep "depthcast_keep"(int64_t value) noexcept nogil

cdef enum:
    RING_SLOTS = 1 << 14  # 1 MiB of records, written round and round


cdef int go_round(Out *out, uint64_t slots) except -1 nogil:
    """Make room by forgetting: nobody reads what a driven kernel tells."""
    out.limit = out.written + slots + out.mask
    return 0


cdef class CommandDriver:
    """Execute prepared commands on an engine, as a ring's reader would.

    `records` are whole commands one after the other (`CommandEncoder.encode`), numbered from the
    engine's next command on. With `discards` the kernel's records are not kept, each is written
    over the one before. Raises ValueError for bytes that are not whole commands.

    >>> from engine import CancelAll, MatchingEngine
    >>> from engine.core.encoding import CommandEncoder
    >>> records = CommandEncoder().encode(CancelAll(account=1), 2)
    >>> CommandDriver(MatchingEngine(), records).execute(10)
    1
    """

    cdef MatchingEngine engine
    cdef bytes records
    cdef const char *first
    cdef uint64_t position  # bytes
    cdef uint64_t end
    cdef Out out
    cdef readonly uint64_t commands  # in all
    cdef readonly uint64_t written_slots  # records written so far
    cdef public bint discards

    def __cinit__(self, MatchingEngine engine, bytes records, bint discards=False):
        self.engine = engine
        self.records = records
        self.first = records
        self.end = len(records)
        self.discards = discards
        self.count_commands()
        self.out.base = <char *>malloc(RING_SLOTS * SLOT_BYTES)
        if self.out.base == NULL:
            raise MemoryError("no memory for records")
        self.out.mask = RING_SLOTS - 1
        self.out.more = go_round

    def __dealloc__(self):
        free(self.out.base)

    cdef int count_commands(self) except -1:
        cdef uint64_t position = 0
        cdef uint8_t slots
        while position < self.end:
            slots = (<const CommandRecord *>(self.first + position)).slots
            if slots == 0 or self.end - position < <uint64_t>slots << SLOT_SHIFT:
                raise ValueError(f"no whole command at byte {position}")
            position += <uint64_t>slots << SLOT_SHIFT
            self.commands += 1
        return 0

    def execute(self, uint64_t count):
        """Execute up to `count` commands; return how many there were."""
        cdef uint64_t done
        self.begin()
        try:
            with nogil:
                done = self.run(count)
        finally:
            self.finish()
        return done

    def time_batches(self, clock_ns, uint64_t batch):
        """Execute all commands that are left; return the nanoseconds of each whole batch."""
        cdef list times = []
        cdef int64_t before, after
        self.begin()
        try:
            before = clock_ns()
            while self.run(batch) == batch:
                after = clock_ns()
                times.append(after - before)
                before = clock_ns()
        finally:
            self.finish()
        return times

    def copy(self):
        """Copy all records into the ring slot by slot: the least that any engine has to do."""
        cdef uint64_t slot
        with nogil:
            for slot in range(self.end >> SLOT_SHIFT):
                memcpy(
                    self.out.base + ((slot & self.out.mask) << SLOT_SHIFT),
                    self.first + (slot << SLOT_SHIFT),
                    SLOT_BYTES,
                )
                keep(slot)

    def read_best(self, str symbol, uint64_t count):
        """Read the best bid and ask so many times; return the last spread in ticks."""
        cdef Symbol *book = self.engine.book(symbol)
        cdef uint64_t _turn
        cdef int64_t spread = 0
        with nogil:
            for _turn in range(count):
                spread = -book.asks.best_key - book.bids.best_key
                keep(spread)
        return spread

    cdef int begin(self) except -1:
        """Let the kernel write to the driver's ring instead of the engine's buffer."""
        cdef Out buffer = self.engine.kernel.out
        self.engine.idle()
        self.out.discards = self.discards
        self.engine.kernel.out = self.out
        self.out = buffer
        return 0

    cdef int finish(self) except -1:
        cdef Out ring = self.engine.kernel.out
        self.engine.kernel.out = self.out
        self.out = ring
        self.written_slots = ring.written
        return 0

    cdef uint64_t run(self, uint64_t count) except? 0xFFFFFFFF nogil:
        cdef uint64_t done = 0
        cdef const char *command
        while done < count and self.position < self.end:
            command = self.first + self.position
            self.foresee()
            kernel_execute(&self.engine.kernel, command)
            self.position += <uint64_t>(<const CommandRecord *>command).slots << SLOT_SHIFT
            done += 1
        return done

    cdef void foresee(self) noexcept nogil:
        """Look ahead as the engine thread does (engine/core/runloop.pyx)."""
        cdef uint64_t at = self.position
        cdef uint32_t ahead
        if self.engine.kernel.living < FORESEEN_FROM_ORDERS:
            return
        for ahead in range(FORESEEN_COMMANDS + 1):
            if at >= self.end:
                return
            if ahead > 0:
                kernel_foresee(&self.engine.kernel, self.first + at, ahead)
            at += <uint64_t>(<const CommandRecord *>(self.first + at)).slots << SLOT_SHIFT
