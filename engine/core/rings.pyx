# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: initializedcheck=False
"""Move records between threads without a lock (the drawing is in `rings.pxd`).

Role: the only place with atomics. Above: what Python sees of the rings. Below: the nogil side that
the engine thread runs. boundscheck is off since only C arrays are indexed.
"""

from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memmove, memset
from libcpp.atomic cimport (
    atomic,
    memory_order_acq_rel,
    memory_order_acquire,
    memory_order_relaxed,
    memory_order_release,
    memory_order_seq_cst,
)
from posix.unistd cimport read, write

from engine.commands import AddInstrument

from engine.core.emit cimport slot_at
from engine.core.encoding cimport COMMAND_SLOTS_MAX, CommandEncoder
from engine.core.expansion cimport Expander, ends_unit, record_slots
from engine.core.types cimport *

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "<time.h>" nogil:
    cdef struct timespec:
        long tv_sec
        long tv_nsec
    int nanosleep(const timespec *wanted, timespec *remaining)

cdef enum:
    STAGED_SLOTS = 1 << 10
    RESERVE_SHARE = 8  # the last eighth of the command ring is for those who want out
    CLAIM_SHARE = 8  # how much of the bus is claimed at once, at the most
    SPACE_POLL_NS = 20000


cdef class CommandRing:
    """Carry commands to the engine thread: one producer, one consumer, bounded.

    `capacity` counts 64-byte slots, a power of two. The producer's side belongs to one thread.
    """

    def __cinit__(self, uint64_t capacity):
        ring_open(&self.ring, capacity)
        self.capacity = capacity
        self.reserve = capacity // RESERVE_SHARE
        self.ring.reader_count = 1

    def __dealloc__(self):
        ring_close(&self.ring)

    def set_wake(self, int descriptor):
        """Name the file descriptor that the consumer sleeps on."""
        self.ring.wake[0] = descriptor

    @property
    def used_slots(self):
        """Return how many slots hold commands not yet executed."""
        return self.used()

    cdef uint64_t used(self) noexcept nogil:
        return self.written - cursor(&self.ring, FIRST_READER).load(memory_order_acquire)

    def wake(self):
        """Wake the consumer if it sleeps; once for all that was appended since."""
        ring_wake(&self.ring, -1)

    def push(self, bytes records, bint urgent=False):
        """Append one encoded command; False when there is no room.

        `urgent` ones (cancels, halts) may use the last eighth. `wake` follows.
        """
        return self.put(records, len(records) >> SLOT_SHIFT, urgent)

    def send(
        self,
        CommandEncoder encoder,
        command,
        uint64_t command_seq,
        int64_t received_ns,
        bint urgent=False,
    ):
        """Encode a command with its number and its time, and append it as `push` does."""
        cdef char slots[COMMAND_SLOTS_MAX * SLOT_BYTES]
        cdef int count
        if type(command) is AddInstrument and not self.has_room(COMMAND_SLOTS_MAX, urgent):
            # The encoder gives the symbol its number: it must not if the command can't be sent.
            return False
        count = encoder.write(command, command_seq, slots)
        (<CommandRecord *>slots).received_ns = received_ns
        return self.put(slots, count, urgent)

    cdef bint has_room(self, uint64_t count, bint urgent) noexcept nogil:
        return count + (0 if urgent else self.reserve) <= self.ring.mask + 1 - self.used()

    cdef bint put(self, const char *slots, uint64_t count, bint urgent) noexcept nogil:
        cdef uint64_t place
        if not self.has_room(count, urgent):
            return False
        for place in range(count):
            memcpy(
                self.ring.slots + (((self.written + place) & self.ring.mask) << SLOT_SHIFT),
                slots + (place << SLOT_SHIFT),
                SLOT_BYTES,
            )
        self.written += count
        ring_publish(&self.ring, self.written)
        return True


cdef class EventBus:
    """Carry records from one writer to many readers, each at its own pace.

    `capacity` counts 64-byte slots, a power of two. Readers are declared before the first record.
    `gate` readers hold the writer up when they are a whole ring behind; `lag` readers are told how
    many events they missed.
    """

    def __cinit__(self, uint64_t capacity):
        ring_open(&self.ring, capacity)
        self.capacity = capacity
        self._names = []
        self.out.base = self.ring.slots
        self.out.mask = self.ring.mask
        self.out.limit = 0
        self.out.more = bus_more
        self.out.owner = &self.ring

    def __dealloc__(self):
        ring_close(&self.ring)

    def subscribe(self, str name, str policy="gate", str after=None, int wake=-1):
        """Declare a reader; `after` names one whose cursor it follows. Raises ValueError."""
        cdef uint32_t number = self.ring.reader_count
        if number == READERS_MAX:
            raise ValueError(f"a bus has at most {READERS_MAX} readers")
        if policy not in ("gate", "lag"):
            raise ValueError(f"policy is gate or lag, not {policy!r}")
        if policy == "lag" and after is not None:
            # The one it follows may stand inside a record, where nobody can begin to read.
            raise ValueError("a lag reader follows the writer alone")
        if name in self._names:
            raise ValueError(f"there is a reader called {name!r}")
        if self.out.written != 0:
            raise ValueError("readers are declared before the first record")
        self.ring.policies[number] = POLICY_GATE if policy == "gate" else POLICY_LAG
        self.ring.after[number] = -1 if after is None else self._names.index(after)
        self.ring.wake[number] = wake
        self._names.append(name)
        self.ring.reader_count = number + 1
        return BusReader(self, number, name)

    def publish(self, bytes records):
        """Append whole records, show them and wake the readers; waits while a gate is full.

        Only where no engine thread writes to this bus: there is one writer.
        """
        cdef const char *data = records
        cdef uint64_t count = len(records) >> SLOT_SHIFT
        with nogil:
            self.append(data, count)

    cdef int append(self, const char *records, uint64_t count) except -1 nogil:
        cdef uint64_t place, slots, begins = 0  # the next record's place
        for place in range(count):
            if place == begins:
                slots = record_slots(records + (place << SLOT_SHIFT))
                begins += slots
                if self.out.written + slots > self.out.limit:
                    self.out.last = self.out.written
                    bus_more(&self.out, slots)
            memcpy(
                slot_at(&self.out, self.out.written), records + (place << SLOT_SHIFT), SLOT_BYTES
            )
            self.out.written += 1
        self.out.last = self.out.written
        ring_publish(&self.ring, self.out.written)
        ring_wake(&self.ring, -1)
        return 0

    def stop(self):
        """Let a writer that waits for room give up."""
        self.ring.stop.store(1, memory_order_release)

    @property
    def used_slots(self):
        """Return how many slots the slowest gate reader has before it."""
        return cursor(&self.ring, PUBLISHED).load(memory_order_acquire) - ring_gate(&self.ring)

    def statistics(self):
        """Return {reader: slots behind} and the capacity, for metrics."""
        published = cursor(&self.ring, PUBLISHED).load(memory_order_acquire)
        return {
            name: published
            - cursor(&self.ring, FIRST_READER + <uint32_t>number).load(memory_order_acquire)
            for number, name in enumerate(self._names)
        }


cdef class BusReader:
    """Read one cursor of a bus: copy records out as they come, hand out whole units.

    A unit may be larger than the ring: what has come of it waits in the reader's own staging,
    which grows to the largest unit. Belongs to the thread that reads.
    """

    def __cinit__(self, EventBus bus, uint32_t number, str name):
        self.bus = bus
        self.number = number
        self.name = name
        self.expander = Expander()
        self.expected_seq = 1

    def __dealloc__(self):
        free(self.staged)

    def read(self, uint64_t most=4096):
        """Return the events of whole units that have come, [] when there are none.

        Copies at most `most` slots out of the ring. A lag reader that was overtaken goes on with
        the next whole unit; `missed_events` has grown by what it lost.
        """
        cdef list events = []
        self.stage(most)
        if self.whole_slots:
            (<Expander>self.expander).expand(self.staged, self.whole_slots, events)
            self.drop_whole()
        return events

    def read_records(self, uint64_t most=4096):
        """Return the record bytes of whole units that have come."""
        self.stage(most)
        records = self.staged[: self.whole_slots << SLOT_SHIFT]
        self.drop_whole()
        return records

    def drop_whole(self):
        """Forget the whole units in the staging; what is left of the next one moves up."""
        cdef uint64_t left = self.staged_slots - self.whole_slots
        if left:
            memmove(self.staged, self.staged + (self.whole_slots << SLOT_SHIFT), left << SLOT_SHIFT)
        self.scanned_slots -= self.whole_slots
        self.staged_slots = left
        self.whole_slots = 0

    def may_sleep(self):
        """Ask to be woken by the next record; False when one is here already."""
        return ring_may_sleep(&self.bus.ring, self.number)

    @property
    def behind_slots(self):
        """Return how many slots this reader could copy now."""
        return ring_readable(&self.bus.ring, self.number) - self.position

    cdef int stage(self, uint64_t most) except -1:
        """Copy what has come into the staging, release it in the ring, find the whole units."""
        cdef uint64_t count
        if self.bus.ring.policies[self.number] == POLICY_LAG:
            self.catch_up()
        count = ring_readable(&self.bus.ring, self.number) - self.position
        if count > most:
            count = most
        if count == 0:
            return 0
        self.reserve(self.staged_slots + count)
        self.copy(count)
        if self.lost and not self.skip_to_unit():
            return 0
        return self.find_whole()

    cdef int copy(self, uint64_t count) except -1:
        cdef uint64_t place
        cdef Ring *ring = &self.bus.ring
        for place in range(count):
            memcpy(
                self.staged + ((self.staged_slots + place) << SLOT_SHIFT),
                ring.slots + (((self.position + place) & ring.mask) << SLOT_SHIFT),
                SLOT_BYTES,
            )
        if ring.policies[self.number] == POLICY_LAG and self.overtaken():
            # The writer came round while we copied: none of it can be trusted.
            self.catch_up()
            return 0
        self.position += count
        self.staged_slots += count
        cursor(ring, FIRST_READER + self.number).store(self.position, memory_order_seq_cst)
        ring_wake(ring, <int32_t>self.number)
        return 0

    def overtaken(self):
        """Say whether the writer may have written over this reader's position."""
        cdef Ring *ring = &self.bus.ring
        # Read by an exchange: what was copied before this stays before it.
        cdef uint64_t claimed = cursor(ring, CLAIMED).fetch_add(0, memory_order_acq_rel)
        return claimed > self.position + ring.mask + 1

    cdef int catch_up(self) except -1:
        """Jump to the newest record when the writer has come round."""
        if not self.overtaken():
            return 0
        self.position = cursor(&self.bus.ring, PUBLISHED).load(memory_order_acquire)
        self.staged_slots = self.whole_slots = self.scanned_slots = 0
        self.lost = True
        return 0

    def skip_to_unit(self):
        """Drop what is left of a unit whose beginning was lost; False when nothing else came."""
        cdef uint64_t at = 0, slots
        cdef const CommandRecord *record
        while at < self.staged_slots:
            record = <const CommandRecord *>(self.staged + (at << SLOT_SHIFT))
            if record.kind < COMMAND_KINDS:
                self.missed_events += record.seq - self.expected_seq
                self.lost = False
                break
            slots = record_slots(<const char *>record)
            if at + slots > self.staged_slots:
                break  # the rest of this record has not come
            at += slots
        self.whole_slots = self.scanned_slots = at
        self.drop_whole()
        return not self.lost

    cdef int find_whole(self) except -1:
        """Measure the whole units in the staging; a long unit is looked at once."""
        cdef uint64_t at = self.scanned_slots
        cdef uint64_t slots
        cdef char *record
        while at < self.staged_slots:
            record = self.staged + (at << SLOT_SHIFT)
            slots = record_slots(record)
            if at + slots > self.staged_slots:
                break
            at += slots
            self.scanned_slots = at
            if ends_unit(record):
                self.whole_slots = at
                self.expected_seq = (<RecordHead *>record).seq + events_after(record)
        return 0

    cdef int reserve(self, uint64_t count) except -1:
        cdef uint64_t capacity = self.staged_capacity if self.staged_capacity else STAGED_SLOTS
        if count <= self.staged_capacity:
            return 0
        while capacity < count:
            capacity *= 2
        self.staged = <char *>realloc(self.staged, capacity << SLOT_SHIFT)
        if self.staged == NULL:
            raise MemoryError("no memory to stage a unit")
        self.staged_capacity = capacity
        return 0


cdef uint64_t events_after(const char *record) noexcept nogil:
    """Return how many events the last record of a unit stands for."""
    cdef const RecordHead *head = <const RecordHead *>record
    cdef uint64_t count = 1
    if head.kind == RECORD_COMPLETED:
        return 2 if head.flags & FLAG_REJECTED else 1
    if head.kind == RECORD_FILL:
        count = 3 + ((head.a >> 4) != (head.a & 15)) + ((head.b >> 4) != (head.b & 15))
    elif head.kind == RECORD_CANCELLED or head.flags & FLAG_TRIGGERED:
        count = 2
    return count + 1 + (1 if head.flags & FLAG_DEPTH else 0)


# ---- the nogil side ----

cdef atomic[uint64_t] *cursor(const Ring *ring, uint32_t number) noexcept nogil:
    return &ring.cursors[number * CURSOR_STRIDE]


cdef atomic[uint64_t] *sleeps(const Ring *ring, uint32_t reader) noexcept nogil:
    return &ring.cursors[(FIRST_READER + reader) * CURSOR_STRIDE + 1]


cdef int ring_open(Ring *ring, uint64_t capacity) except -1:
    """Make a ring of so many slots; raises ValueError unless that is a power of two above 1."""
    cdef size_t cursor_bytes = (FIRST_READER + READERS_MAX + 1) * SLOT_BYTES
    cdef int reader
    if capacity < 2 or capacity & (capacity - 1):
        raise ValueError(f"a ring's capacity is a power of two above 1, not {capacity}")
    ring.slots = <char *>aligned_alloc(SLOT_BYTES, capacity * SLOT_BYTES)
    ring.cursors = <atomic[uint64_t] *>aligned_alloc(SLOT_BYTES, cursor_bytes)
    if ring.slots == NULL or ring.cursors == NULL:
        raise MemoryError("no memory for a ring")
    memset(ring.slots, 0, capacity * SLOT_BYTES)
    memset(<void *>ring.cursors, 0, cursor_bytes)
    ring.mask = capacity - 1
    ring.reader_count = 0
    ring.stop = cursor(ring, FIRST_READER + READERS_MAX)
    for reader in range(READERS_MAX):
        ring.wake[reader] = -1
        ring.after[reader] = -1
    return 0


cdef void ring_close(Ring *ring) noexcept nogil:
    free(ring.slots)
    free(<void *>ring.cursors)


cdef uint64_t ring_gate(const Ring *ring) noexcept nogil:
    """Return the position of the slowest gate reader; without one, where the writer stands."""
    cdef uint64_t gate = cursor(ring, PUBLISHED).load(memory_order_acquire)
    cdef uint64_t position
    cdef uint32_t reader
    for reader in range(ring.reader_count):
        if ring.policies[reader] == POLICY_GATE:
            position = cursor(ring, FIRST_READER + reader).load(memory_order_acquire)
            if position < gate:
                gate = position
    return gate


cdef uint64_t ring_readable(const Ring *ring, uint32_t reader) noexcept nogil:
    """Return up to where a reader may read: the writer, or the reader it comes after."""
    if ring.after[reader] >= 0:
        return cursor(ring, FIRST_READER + ring.after[reader]).load(memory_order_seq_cst)
    return cursor(ring, PUBLISHED).load(memory_order_seq_cst)


cdef void ring_publish(Ring *ring, uint64_t position) noexcept nogil:
    cursor(ring, PUBLISHED).store(position, memory_order_seq_cst)


cdef void ring_wake(Ring *ring, int32_t after) noexcept nogil:
    """Wake the sleeping readers of the writer (-1), or of a reader, once that has gone on."""
    cdef uint64_t one = 1
    cdef uint32_t reader
    for reader in range(ring.reader_count):
        if ring.after[reader] != after or ring.wake[reader] < 0:
            continue
        if sleeps(ring, reader).load(memory_order_seq_cst) != 0:
            sleeps(ring, reader).store(0, memory_order_relaxed)
            # A full pipe or counter has a wake-up in it already.
            write(ring.wake[reader], &one, sizeof(one))


cdef bint ring_may_sleep(Ring *ring, uint32_t reader) noexcept nogil:
    """Set a reader's flag and look once more; True when it may wait for its descriptor."""
    cdef uint64_t position = cursor(ring, FIRST_READER + reader).load(memory_order_relaxed)
    # Both sides write first and look then, in one total order: one of them sees the other.
    sleeps(ring, reader).store(1, memory_order_seq_cst)
    if ring_readable(ring, reader) == position:
        return True
    sleeps(ring, reader).store(0, memory_order_relaxed)
    return False


cdef void clear_wake(int descriptor) noexcept nogil:
    """Take the wake-ups out of an eventfd or a pipe; the descriptor does not block."""
    cdef char bucket[64]
    read(descriptor, bucket, sizeof(bucket))


cdef int bus_more(Out *out, uint64_t slots) except -1 nogil:
    """Give the writer room for more slots; waits for the gate readers, and sees the stop flag.

    What is complete is shown meanwhile, all but the last record, which may still get its end
    mark: so a unit larger than the ring passes through it.
    """
    cdef Ring *ring = <Ring *>out.owner
    cdef uint64_t share = (ring.mask + 1) // CLAIM_SHARE
    cdef uint64_t limit
    cdef timespec pause
    pause.tv_sec = 0
    pause.tv_nsec = SPACE_POLL_NS
    assert slots <= ring.mask
    while True:
        limit = ring_gate(ring) + ring.mask + 1
        if limit > out.written + share + slots:
            limit = out.written + share + slots
        if out.written + slots <= limit:
            # Lag readers look at this mark: what lies a ring behind it may be overwritten.
            cursor(ring, CLAIMED).exchange(limit, memory_order_acq_rel)
            out.limit = limit
            return 0
        if ring.stop.load(memory_order_acquire) != 0:
            with gil:
                raise InterruptedError("the event bus was stopped while it was full")
        ring_publish(ring, out.last)
        ring_wake(ring, -1)
        nanosleep(&pause, NULL)
