# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: initializedcheck=False
"""Drain commands, match, publish events: the engine thread's whole life, without the GIL.

    drain a batch of commands → match each → publish the batch → wake the readers once

The thread waits for two things only: commands (parked, yielding or spinning), and room in the
event bus. It looks for room before it takes a command, so that a full bus stops the intake and
callers hear `engine_busy`; inside a unit that is larger than the room left it waits as well.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from libcpp.atomic cimport (
    atomic,
    memory_order_acquire,
    memory_order_relaxed,
    memory_order_release,
)

from engine.core.encoding cimport COMMAND_SLOTS_MAX
from engine.core.matcher cimport (
    FORESEEN_COMMANDS,
    FORESEEN_FROM_ORDERS,
    kernel_execute,
    kernel_foresee,
)
from engine.core.rings cimport (
    FIRST_READER,
    bus_more,
    clear_wake,
    cursor,
    ring_may_sleep,
    ring_publish,
    ring_readable,
    ring_wake,
)
from engine.core.types cimport *

cdef extern from "<sched.h>" nogil:
    int sched_yield()

cdef extern from "<poll.h>" nogil:
    cdef struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd *descriptors, unsigned long count, int timeout_ms)
    short POLLIN

cdef extern from "<time.h>" nogil:
    cdef struct timespec:
        long tv_sec
        long tv_nsec
    int clock_gettime(int clock, timespec *now)
    int CLOCK_REALTIME

cdef enum:
    BATCH_COMMANDS = 256  # events are published at least this often
    SPINS_BEFORE_PARK = 2000  # some microseconds: a busy engine is not woken for each command
    PARK_MS = 100  # the stop flag is seen this soon, even if its wake-up got lost


cdef int64_t wall_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_REALTIME, &now)
    return <int64_t>now.tv_sec * 1000000000 + now.tv_nsec


cdef class EngineLoop:
    """Connect an engine to its command ring and its event bus, and run it.

    `wake` is the descriptor the engine parks on (an eventfd, or a pipe's reading end); `waits` is
    "park", "yield" or "spin". From `run` on the engine belongs to the running thread.
    """

    def __cinit__(
        self, MatchingEngine engine, CommandRing commands, EventBus bus, int wake, str waits
    ):
        if bus.capacity <= COMMAND_SLOTS_MAX:
            raise ValueError(f"an engine's bus has more than {COMMAND_SLOTS_MAX} slots")
        self.engine = engine
        self.commands = commands
        self.bus = bus
        self.wake = wake
        self.waits = ("park", "yield", "spin").index(waits)
        self.stamps = <atomic[int64_t] *>calloc(STAMPS, sizeof(int64_t))
        if self.stamps == NULL:
            raise MemoryError("no memory for time stamps")

    def __dealloc__(self):
        free(<void *>self.stamps)

    def run(self):
        """Execute commands until `stop`; returns then, raises what ended it otherwise."""
        cdef Out buffer = self.engine.kernel.out
        self.engine.runs = True
        self.engine.kernel.out = self.bus.out
        try:
            with nogil:
                self.loop()
        finally:
            self.bus.out = self.engine.kernel.out
            self.engine.kernel.out = buffer
            self.engine.runs = False

    def stop(self):
        """Let `run` return once the commands already in the ring are done. Any thread."""
        self.commands.ring.stop.store(1, memory_order_release)
        self.bus.stop()

    def matched_ns(self, uint64_t command_seq):
        """Return the wall-clock time at which a recent command had been matched, in nanoseconds.

        Measured beside the records, once for each batch: no part of any event or hash. While the
        command's batch is not over (its first events may be out already) the answer is an older
        command's time, or 0.
        """
        return self.stamps[command_seq & (STAMPS - 1)].load(memory_order_relaxed)

    # ---- the engine thread, without the GIL ----

    cdef int loop(self) except -1 nogil:
        cdef uint64_t position = cursor(&self.commands.ring, FIRST_READER).load(
            memory_order_acquire
        )
        cdef uint64_t end
        while True:
            end = ring_readable(&self.commands.ring, 0)
            if end == position:
                if self.commands.ring.stop.load(memory_order_acquire) != 0:
                    return 0
                self.wait(position)
                continue
            position += self.batch(position, end)

    cdef int batch(self, uint64_t position, uint64_t end) except -1 nogil:
        """Execute up to BATCH_COMMANDS and publish their events; returns the slots consumed."""
        cdef Kernel *k = &self.engine.kernel
        cdef const CommandRecord *command
        cdef char whole[COMMAND_SLOTS_MAX * SLOT_BYTES]
        cdef uint64_t at = position, first = k.command_seq
        cdef uint64_t mask = self.commands.ring.mask
        cdef uint64_t place
        cdef int64_t now
        while at < end and k.command_seq - first < BATCH_COMMANDS:
            if k.out.written + COMMAND_SLOTS_MAX > k.out.limit:
                k.out.last = k.out.written
                bus_more(&k.out, COMMAND_SLOTS_MAX)
            command = <const CommandRecord *>(
                self.commands.ring.slots + ((at & mask) << SLOT_SHIFT)
            )
            if (at & mask) + command.slots > mask + 1:
                # It goes round the ring's end: the kernel wants it in one piece.
                for place in range(command.slots):
                    memcpy(
                        whole + (place << SLOT_SHIFT),
                        self.commands.ring.slots + (((at + place) & mask) << SLOT_SHIFT),
                        SLOT_BYTES,
                    )
                command = <const CommandRecord *>whole
            self.foresee(at, end)
            at += command.slots
            kernel_execute(k, <const char *>command)
        now = wall_ns()
        for place in range(first + 1, k.command_seq + 1):
            self.stamps[place & (STAMPS - 1)].store(now, memory_order_relaxed)
        cursor(&self.commands.ring, FIRST_READER).store(at, memory_order_release)
        ring_publish(&self.bus.ring, k.out.written)
        ring_wake(&self.bus.ring, -1)
        return <int>(at - position)

    cdef void foresee(self, uint64_t at, uint64_t end) noexcept nogil:
        """Fetch what the next few commands will need while this one is executed."""
        cdef const char *command
        cdef uint32_t ahead
        if self.engine.kernel.living < FORESEEN_FROM_ORDERS:
            return
        for ahead in range(FORESEEN_COMMANDS + 1):
            if at >= end:
                return
            command = self.commands.ring.slots + ((at & self.commands.ring.mask) << SLOT_SHIFT)
            if ahead > 0:
                kernel_foresee(&self.engine.kernel, command, ahead)
            at += (<const CommandRecord *>command).slots

    cdef uint64_t wait(self, uint64_t position) noexcept nogil:
        """Wait for a command the way that was chosen; may return without one."""
        cdef pollfd descriptor
        cdef int _spin
        if self.waits == WAIT_YIELD:
            sched_yield()
            return 0
        for _spin in range(SPINS_BEFORE_PARK):
            if ring_readable(&self.commands.ring, 0) != position:
                return 0
        if self.waits == WAIT_SPIN or not ring_may_sleep(&self.commands.ring, 0):
            return 0
        descriptor.fd = self.wake
        descriptor.events = POLLIN
        if poll(&descriptor, 1, PARK_MS) > 0:
            clear_wake(self.wake)
        return 0
