# cython: language_level=3
"""Keep orders, levels and accounts in flat arrays, and find an order by its id in one step.

Slots are handed out last-in-first-out, so that a small book stays in the cache; slot 0 means
"none". The index holds an order at `id & mask`: ids count up, so neighbours in time are neighbours
in memory and nothing is probed. When an old order still sits there (the ids have gone round while
it rested), the newcomer goes to the spill table, which scatters ids by a hash: dense runs of old
ids can therefore never make a long probe.

Kernel code, included by cimport so that it inlines. Owned by the engine thread.
"""

from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

from engine.core.types cimport *

cdef extern from *:
    """
    #include <stdlib.h>
    #include <sys/mman.h>

    /* Zeroed memory whose pages appear as they are touched, in huge pages where there are any: with
       small ones, each order of a large book costs a walk through the page tables as well. */
    static inline void *depthcast_zeroed(size_t bytes) {
        const size_t huge = (size_t)1 << 21;
        char *memory = (char *)calloc(1, bytes);
    #ifdef MADV_HUGEPAGE
        if (memory != NULL && bytes >= 2 * huge) {
            size_t first = ((size_t)memory + huge - 1) & ~(huge - 1);
            size_t last = ((size_t)memory + bytes) & ~(huge - 1);
            madvise((void *)first, last - first, MADV_HUGEPAGE);
        }
    #endif
        return memory;
    }
    """
    void *zeroed "depthcast_zeroed"(size_t size) noexcept nogil


cdef inline uint64_t spill_home(const Kernel *k, uint64_t low_id) noexcept nogil:
    """Scatter the low half of an id (Fibonacci hashing)."""
    return ((<uint32_t>low_id * 0x9E3779B97F4A7C15ULL) >> 24) & k.index_mask


cdef inline uint32_t spill_slot(const Kernel *k, uint64_t order_id) noexcept nogil:
    cdef uint64_t at = spill_home(k, order_id)
    cdef uint64_t entry = k.spill[at]
    while entry != 0:
        if <uint32_t>(entry >> 32) == <uint32_t>order_id:
            if k.orders[<uint32_t>entry].id == order_id:
                return <uint32_t>entry
        at = (at + 1) & k.index_mask
        entry = k.spill[at]
    return 0


cdef inline uint32_t index_slot(const Kernel *k, uint64_t order_id) noexcept nogil:
    """Return the slot of a living order, 0 when there is none. O(1)."""
    cdef uint64_t entry = k.index[order_id & k.index_mask]
    if <uint32_t>(entry >> 32) == <uint32_t>order_id:
        if k.orders[<uint32_t>entry].id == order_id:
            return <uint32_t>entry
    if k.spill_count == 0:
        return 0
    return spill_slot(k, order_id)


cdef inline bint index_may_hold(const Kernel *k, uint64_t order_id) noexcept nogil:
    """Say whether an order may live, without reading it: wrong only for ids 2^32 apart."""
    if <uint32_t>(k.index[order_id & k.index_mask] >> 32) == <uint32_t>order_id:
        return True
    return k.spill_count != 0 and spill_slot(k, order_id) != 0


cdef inline void index_add(Kernel *k, uint64_t order_id, uint32_t slot) noexcept nogil:
    cdef uint64_t at = order_id & k.index_mask
    if k.index[at] == 0:
        k.index[at] = (order_id << 32) | slot
        return
    at = spill_home(k, order_id)
    while k.spill[at] != 0:
        at = (at + 1) & k.index_mask
    k.spill[at] = (order_id << 32) | slot
    k.spill_count += 1


cdef inline void spill_remove(Kernel *k, uint64_t entry) noexcept nogil:
    """Take an entry out and move later ones of its run up, so that no tombstone is needed."""
    cdef uint64_t mask = k.index_mask
    cdef uint64_t hole = spill_home(k, entry >> 32)
    cdef uint64_t at, other
    while k.spill[hole] != entry:
        hole = (hole + 1) & mask
    at = hole
    while True:
        at = (at + 1) & mask
        other = k.spill[at]
        if other == 0:
            break
        if ((at - spill_home(k, other >> 32)) & mask) >= ((at - hole) & mask):
            k.spill[hole] = other
            hole = at
    k.spill[hole] = 0
    k.spill_count -= 1


cdef inline void index_remove(Kernel *k, uint64_t order_id, uint32_t slot) noexcept nogil:
    cdef uint64_t entry = (order_id << 32) | slot
    cdef uint64_t at = order_id & k.index_mask
    if k.index[at] == entry:
        k.index[at] = 0
    else:
        spill_remove(k, entry)


cdef inline uint32_t order_take(Kernel *k) noexcept nogil:
    """Return a free slot; the capacity check comes before, so there is one."""
    cdef uint32_t slot = k.free_order
    if slot != 0:
        k.free_order = k.orders[slot].next
        # The next newcomer's slot may be anywhere: it is on its way when it is asked for.
        prefetch(&k.orders[k.free_order])
        return slot
    slot = k.unused_order
    k.unused_order += 1
    return slot


cdef inline void order_give(Kernel *k, uint32_t slot) noexcept nogil:
    k.orders[slot].id = 0
    k.orders[slot].next = k.free_order
    k.free_order = slot


cdef inline uint32_t level_take(Kernel *k) noexcept nogil:
    """Return a free level; there are as many as orders and levels may live together."""
    cdef uint32_t level = k.free_level
    if level != 0:
        k.free_level = k.levels[level].next_free
        return level
    level = k.unused_level
    k.unused_level += 1
    return level


cdef inline void level_give(Kernel *k, uint32_t level) noexcept nogil:
    k.levels[level].next_free = k.free_level
    k.free_level = level


cdef inline int account_reserve(Kernel *k, uint32_t number) except -1 nogil:
    """Make room for an account's row; raises MemoryError."""
    cdef uint32_t count = k.account_count if k.account_count else 64
    if number < k.account_count:
        return 0
    while count <= number:
        count *= 2
    k.accounts = <Account *>realloc(k.accounts, count * sizeof(Account))
    if k.accounts == NULL:
        with gil:
            raise MemoryError("no memory for accounts")
    memset(&k.accounts[k.account_count], 0, (count - k.account_count) * sizeof(Account))
    k.account_count = count
    return 0


cdef inline int account_grow(Kernel *k, Account *account) except -1 nogil:
    """Drop ended orders from a full list, and double it when that freed less than half."""
    cdef uint32_t place, kept = 0
    for place in range(account.length):
        if index_may_hold(k, account.ids[place]):
            account.ids[kept] = account.ids[place]
            kept += 1
    account.length = kept
    if kept * 2 <= account.capacity and account.capacity != 0:
        return 0
    account.capacity = account.capacity * 2 if account.capacity else 16
    account.ids = <uint64_t *>realloc(account.ids, account.capacity * sizeof(uint64_t))
    if account.ids == NULL:
        with gil:
            raise MemoryError("no memory for the orders of an account")
    return 0


cdef inline int order_enlist(Kernel *k, Order *order, uint32_t slot) except -1 nogil:
    """Make an order that now lives findable by its id and by its account. O(1) amortised."""
    cdef Account *account = &k.accounts[order.account]
    index_add(k, order.id, slot)
    if account.length == account.capacity:
        account_grow(k, account)
    account.ids[account.length] = order.id
    account.length += 1
    account.open += 1
    k.living += 1
    return 0


cdef inline void order_delist(Kernel *k, Order *order, uint32_t slot) noexcept nogil:
    """Forget an order that lived, and free its slot."""
    index_remove(k, order.id, slot)
    k.accounts[order.account].open -= 1
    k.living -= 1
    order_give(k, slot)


cdef inline int ids_reserve(Kernel *k, uint64_t count) except -1 nogil:
    """Make room in the scratch list of ids; raises MemoryError."""
    if count <= k.ids_capacity:
        return 0
    free(k.ids)
    k.ids_capacity = 0
    k.ids = <uint64_t *>malloc(count * sizeof(uint64_t))
    if k.ids == NULL:
        with gil:
            raise MemoryError("no memory to list orders")
    k.ids_capacity = count
    return 0
