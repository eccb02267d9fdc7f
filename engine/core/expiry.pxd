# cython: language_level=3
"""Keep good-till-date orders by when they are due: a binary heap by (expire_at_us, id).

Kernel code, included by cimport. Owned by the engine thread.
"""

from libc.stdlib cimport realloc

from engine.core.types cimport *


cdef inline bint expires_before(const Kernel *k, uint32_t a, uint32_t b) noexcept nogil:
    if k.extras[a].expire_at_us != k.extras[b].expire_at_us:
        return k.extras[a].expire_at_us < k.extras[b].expire_at_us
    return k.orders[a].id < k.orders[b].id


cdef inline void expiry_put(
    ExpiryHeap *heap, Kernel *k, uint32_t place, uint32_t slot
) noexcept nogil:
    heap.slots[place] = slot
    k.extras[slot].heap_place = place


cdef inline void expiry_rise(
    ExpiryHeap *heap, Kernel *k, uint32_t place, uint32_t slot
) noexcept nogil:
    """Move an order towards the root until its parent is due before it."""
    while place > 1 and expires_before(k, slot, heap.slots[place >> 1]):
        expiry_put(heap, k, place, heap.slots[place >> 1])
        place >>= 1
    expiry_put(heap, k, place, slot)


cdef inline void expiry_sink(
    ExpiryHeap *heap, Kernel *k, uint32_t place, uint32_t slot
) noexcept nogil:
    """Move an order away from the root until its children are due after it."""
    cdef uint32_t child
    while place * 2 <= heap.count:
        child = place * 2
        if child < heap.count and expires_before(k, heap.slots[child + 1], heap.slots[child]):
            child += 1
        if not expires_before(k, heap.slots[child], slot):
            break
        expiry_put(heap, k, place, heap.slots[child])
        place = child
    expiry_put(heap, k, place, slot)


cdef inline int expiry_add(ExpiryHeap *heap, Kernel *k, uint32_t slot) except -1 nogil:
    """Remember when an order is due. O(log orders); raises MemoryError."""
    if heap.count + 2 > heap.capacity:
        heap.capacity = heap.capacity * 2 if heap.capacity else 64
        heap.slots = <uint32_t *>realloc(heap.slots, heap.capacity * sizeof(uint32_t))
        if heap.slots == NULL:
            with gil:
                raise MemoryError("no memory for expiries")
    heap.count += 1
    expiry_rise(heap, k, heap.count, slot)
    return 0


cdef inline void expiry_remove(ExpiryHeap *heap, Kernel *k, uint32_t slot) noexcept nogil:
    """Forget an order's expiry, if it has one. O(log orders)."""
    cdef uint32_t place = k.extras[slot].heap_place
    cdef uint32_t last
    if place == 0:
        return
    k.extras[slot].heap_place = 0
    last = heap.slots[heap.count]
    heap.count -= 1
    if last == slot:
        return
    expiry_rise(heap, k, place, last)
    expiry_sink(heap, k, k.extras[last].heap_place, last)
