# cython: language_level=3
"""Move records between threads without a lock: the command ring and the event bus.

    loop thread ──► command ring (one writer, one reader) ──► engine thread
    engine thread ──► event bus (one writer, a cursor for each reader) ──► loop, journal, …

    published   slots the writer has shown      cursor   slots a reader is done with
    gate reader: the writer never overtakes it  lag reader: overtaken, it is told how far

A position counts slots from the first ever; `position & mask` is its place. Each cursor has a
cache line of its own. A store of a position (release or stronger) shows all that was written
before it to the load (acquire or stronger) on the other side. A reader that has nothing to do sets
its `sleeps` flag, looks once more, and waits for its file descriptor; the writer looks at the flag
after it has published. Those four steps are sequentially consistent: one of the two sees the other.
"""

from libc.stdint cimport int32_t
from libcpp.atomic cimport atomic

from engine.core.types cimport *

cdef enum:
    READERS_MAX = 16
    CURSOR_STRIDE = 8  # a cursor takes a cache line: its position, then its flag
    PUBLISHED = 0  # cursor numbers; reader r has 2 + r
    CLAIMED = 1
    FIRST_READER = 2
    POLICY_GATE = 0
    POLICY_LAG = 1

cdef struct Ring:
    char *slots
    uint64_t mask
    atomic[uint64_t] *cursors
    uint32_t reader_count
    uint32_t reserved
    uint8_t policies[READERS_MAX]
    int32_t after[READERS_MAX]  # the reader this one follows, -1 = the writer
    int wake[READERS_MAX]  # file descriptors, -1 = none
    atomic[uint64_t] *stop  # set once, by whoever ends it

cdef atomic[uint64_t] *cursor(const Ring *ring, uint32_t number) noexcept nogil
cdef int ring_open(Ring *ring, uint64_t capacity) except -1
cdef void ring_close(Ring *ring) noexcept nogil
cdef uint64_t ring_gate(const Ring *ring) noexcept nogil
cdef uint64_t ring_readable(const Ring *ring, uint32_t reader) noexcept nogil
cdef void ring_publish(Ring *ring, uint64_t position) noexcept nogil
cdef void ring_wake(Ring *ring, int32_t after) noexcept nogil
cdef bint ring_may_sleep(Ring *ring, uint32_t reader) noexcept nogil
cdef int bus_more(Out *out, uint64_t slots) except -1 nogil
cdef void clear_wake(int descriptor) noexcept nogil


cdef class CommandRing:
    cdef Ring ring
    cdef uint64_t written
    cdef uint64_t reserve  # slots kept for what must always find room
    cdef readonly uint64_t capacity
    cdef uint64_t used(self) noexcept nogil
    cdef bint has_room(self, uint64_t count, bint urgent) noexcept nogil
    cdef bint put(self, const char *slots, uint64_t count, bint urgent) noexcept nogil


cdef class EventBus:
    cdef Ring ring
    cdef Out out  # the writer's side, handed to a kernel by its thread
    cdef readonly uint64_t capacity
    cdef list _names
    cdef int append(self, const char *records, uint64_t count) except -1 nogil


cdef class BusReader:
    cdef EventBus bus
    cdef uint32_t number
    cdef uint64_t position
    cdef uint64_t expected_seq
    cdef readonly str name
    cdef readonly uint64_t missed_events  # a lag reader's loss, in all
    cdef char *staged
    cdef uint64_t staged_slots
    cdef uint64_t staged_capacity
    cdef uint64_t whole_slots  # of the staged ones, those of whole units
    cdef uint64_t scanned_slots  # of the staged ones, those looked at
    cdef bint lost
    cdef object expander
    cdef int stage(self, uint64_t most) except -1
    cdef int catch_up(self) except -1
    cdef int reserve(self, uint64_t count) except -1
    cdef int copy(self, uint64_t count) except -1
    cdef int find_whole(self) except -1
