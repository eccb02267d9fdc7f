"""List what is broken on purpose in a copy of the rings: an order between two threads each."""

from tests.builds.sabotage import RACE, Sabotage

BROKEN_MODULES = ("rings", "runloop")

RING_SABOTAGES = (
    Sabotage(
        "records are shown without a release",
        "everything",
        (RACE,),
        "rings.pyx",
        "    cursor(ring, PUBLISHED).store(position, memory_order_seq_cst)\n",
        "    if BROKEN:\n"
        "        cursor(ring, PUBLISHED).store(position, memory_order_relaxed)\n"
        "    else:\n"
        "        cursor(ring, PUBLISHED).store(position, memory_order_seq_cst)\n",
    ),
    Sabotage(
        "a reader lets go before it copied",
        "everything",
        (RACE,),
        "rings.pyx",
        "    cdef Ring *ring = &self.bus.ring\n        for place in range(count):\n",
        "    cdef Ring *ring = &self.bus.ring\n"
        "        if BROKEN:\n"
        "            cursor(ring, FIRST_READER + self.number).store(\n"
        "                self.position + count, memory_order_seq_cst\n"
        "            )\n"
        "        for place in range(count):\n",
    ),
    Sabotage(
        "the writer looks at its readers without an acquire",
        "everything",
        (RACE,),
        "rings.pyx",
        "            position = cursor(ring, FIRST_READER + reader).load(memory_order_acquire)\n",
        "            place = cursor(ring, FIRST_READER + reader)\n"
        "            if BROKEN:\n"
        "                position = place.load(memory_order_relaxed)\n"
        "            else:\n"
        "                position = place.load(memory_order_acquire)\n",
    ),
    Sabotage(
        "the engine lets commands go without a release",
        "everything",
        (RACE,),
        "runloop.pyx",
        "        cursor(&self.commands.ring, FIRST_READER).store(at, memory_order_release)\n",
        "        done = cursor(&self.commands.ring, FIRST_READER)\n"
        "        if BROKEN:\n"
        "            done.store(at, memory_order_relaxed)\n"
        "        else:\n"
        "            done.store(at, memory_order_release)\n",
    ),
    Sabotage(
        "a time is read while it is written",
        "everything",
        (RACE,),
        "runloop.pyx",
        "            self.stamps[place & (STAMPS - 1)].store(now, memory_order_relaxed)\n",
        "            if BROKEN:\n"
        "                (<int64_t *>self.stamps)[place & (STAMPS - 1)] = now\n"
        "            else:\n"
        "                self.stamps[place & (STAMPS - 1)].store(now, memory_order_relaxed)\n",
    ),
    Sabotage(
        "the producer looks at the engine without an acquire",
        "everything",
        (RACE,),
        "rings.pyx",
        "        return self.written - cursor(&self.ring, FIRST_READER).load(memory_order_acquire)",
        "        place = cursor(&self.ring, FIRST_READER)\n"
        "        if BROKEN:\n"
        "            return self.written - place.load(memory_order_relaxed)\n"
        "        return self.written - place.load(memory_order_acquire)",
    ),
)
