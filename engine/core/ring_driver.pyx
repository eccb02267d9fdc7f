# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: initializedcheck=False
"""Drive an engine thread from both of its ring ends: benchmarks of the way in and back.

Role: what the event loop's thread does with the rings, without the event loop: it writes prepared
commands and reads the records that come back. boundscheck is off since only C arrays are indexed.
It reads no clock: `round_trips` is given one. Belongs to the one thread that owns both ends.
"""

from engine.core.rings cimport BusReader, CommandRing, EventBus, ring_readable
from engine.core.types cimport *

cdef enum:
    SPINS_MAX = 1 << 31  # some seconds: an engine thread that has failed will never answer
    DRAIN_SLOTS = 1 << 12
    DRAIN_COMMANDS = 1 << 8


cdef class RingDriver:
    """Send prepared commands and read what comes back, spinning.

    `records` are whole commands one after the other, numbered from the engine's next one on.
    `reader` is the bus's only reader; the engine thread spins or yields, it is not woken. Raises
    TimeoutError when it does not answer.
    """

    cdef CommandRing commands
    cdef EventBus bus
    cdef BusReader reader
    cdef bytes records
    cdef const char *first
    cdef uint64_t position  # bytes
    cdef uint64_t end
    cdef readonly uint64_t read_slots  # of records that came back

    def __cinit__(self, CommandRing commands, EventBus bus, BusReader reader, bytes records):
        self.commands = commands
        self.bus = bus
        self.reader = reader
        self.records = records
        self.first = records
        self.end = len(records)

    @property
    def next_seq(self):
        """Return the number of the event that the next record begins with."""
        return self.reader.expected_seq

    def round_trips(self, clock_ns, uint64_t count):
        """Send up to `count` commands one by one; return the nanoseconds until each answer."""
        cdef list times = []
        cdef int64_t before
        while count > 0 and self.position < self.end:
            count -= 1
            before = clock_ns()
            if not self.send():
                raise TimeoutError("the command ring is full although nothing is under way")
            self.await_records()
            times.append(clock_ns() - before)
            self.drain()
        return times

    def stream(self, uint64_t slots):
        """Send all commands as fast as they are taken, reading on the way; return how many.

        Ends when `slots` slots of records have come back, which another replay of the same
        commands has told.
        """
        cdef uint64_t sent = 0
        cdef uint64_t target = self.read_slots + slots
        while self.position < self.end:
            if self.send():
                sent += 1
                if sent & (DRAIN_COMMANDS - 1) == 0:
                    self.drain()
            else:
                self.await_records()
                self.drain()
        while self.read_slots < target:
            self.await_records()
            self.drain()
        return sent

    def publish(self, uint64_t count):
        """Publish the records themselves so many times, where no engine thread runs."""
        cdef uint64_t _turn
        with nogil:
            for _turn in range(count):
                self.bus.append(self.first, self.end >> SLOT_SHIFT)

    cdef bint send(self) noexcept nogil:
        """Send the next command; False when there is no room."""
        cdef const char *command = self.first + self.position
        cdef uint64_t slots = (<const CommandRecord *>command).slots
        if not self.commands.put(command, slots, True):
            return False
        self.position += slots << SLOT_SHIFT
        return True

    cdef uint64_t behind(self) noexcept nogil:
        return ring_readable(&self.bus.ring, self.reader.number) - self.reader.position

    cdef int await_records(self) except -1 nogil:
        """Spin until records are there to be read."""
        cdef uint64_t spins = 0
        while self.behind() == 0:
            spins += 1
            if spins == <uint64_t>SPINS_MAX:
                with gil:
                    raise TimeoutError("the engine thread does not answer")
        return 0

    cdef int drain(self) except -1:
        """Copy out what has come, as the event loop's reader does, and drop it."""
        cdef uint64_t position = self.reader.position
        while self.behind():
            self.reader.stage(DRAIN_SLOTS)
            self.reader.drop_whole()
        self.read_slots += self.reader.position - position
        return 0
