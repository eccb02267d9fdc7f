# cython: language_level=3
"""Keep the levels of one side sorted by price: insert, remove, find, walk.

A level's key says how good its price is (bigger is better, `key_of`), so that both sides and the
stops are the same code. Keys stand in chunks of 64, ascending, the best at the end of the last
chunk, where nearly all of the work is: an insert or removal there moves a few words. A ladder of
n levels costs O(log n) to search and O(64 + n / 64) moved words at the worst.

Kernel code, included by cimport so that it inlines. Owned by the engine thread.
"""

from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memmove

from engine.core.types cimport *


cdef extern from *:
    """
    /* All bits or none; opaque, or the compiler would make a branch of it again. */
    static inline uint32_t depthcast_all_if(bool condition) {
        uint32_t mask = -(uint32_t)condition;
        __asm__("" : "+r"(mask));
        return mask;
    }
    """
    uint32_t all_if "depthcast_all_if"(bint condition) noexcept nogil


cdef inline int64_t key_of(uint8_t side, int64_t price_ticks) noexcept nogil:
    """Return how good a price is for its side: the only place that knows which is better."""
    return price_ticks if side == BUY else -price_ticks


cdef inline uint32_t ladder_chunk_of(const Ladder *ladder, int64_t key) noexcept nogil:
    """Return the last chunk whose first key is not above `key`; the first chunk if none is."""
    cdef uint32_t low = 0, high = ladder.count, middle
    if ladder.first_keys[high - 1] <= key:
        return high - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if ladder.first_keys[middle] <= key:
            low = middle
        else:
            high = middle
    return low


cdef inline uint32_t chunk_place(const Chunk *chunk, int64_t key) noexcept nogil:
    """Return how many of the chunk's keys are below `key`, without a branch to mispredict."""
    cdef uint32_t base = 0, half, length = chunk.count
    while length > 1:
        half = length >> 1
        base += half & all_if(chunk.keys[base + half - 1] < key)
        length -= half
    return base + (length & all_if(chunk.keys[base] < key))


cdef inline Hint *hint_of(const Ladder *ladder, int64_t key) noexcept nogil:
    return &ladder.hints[<uint64_t>key & (HINTS - 1)]


cdef inline uint32_t ladder_find(Ladder *ladder, int64_t key) noexcept nogil:
    """Return the level with this key, 0 when there is none. O(log levels).

    What was found is remembered by the key's low bits: neighbouring prices do not displace each
    other, and most orders rest near the best, so that most searches end at the first look.
    """
    cdef const Chunk *chunk
    cdef Hint *hint
    cdef uint32_t place
    if ladder.count == 0:
        return 0
    hint = hint_of(ladder, key)
    if hint.level != 0 and hint.key == key:
        return hint.level
    chunk = ladder.chunks[ladder_chunk_of(ladder, key)]
    place = chunk_place(chunk, key)
    if place < chunk.count and chunk.keys[place] == key:
        hint.key = key
        hint.level = chunk.levels[place]
        return hint.level
    return 0


cdef inline void ladder_refresh_best(Ladder *ladder) noexcept nogil:
    cdef const Chunk *last
    if ladder.count == 0:
        ladder.best_level = 0
        return
    last = ladder.chunks[ladder.count - 1]
    ladder.best_key = last.keys[last.count - 1]
    ladder.best_level = last.levels[last.count - 1]


cdef inline int ladder_add_chunk(Ladder *ladder, uint32_t place) except -1 nogil:
    """Open an empty chunk at `place`; raises MemoryError."""
    cdef uint32_t capacity
    cdef Chunk *chunk
    if ladder.count == ladder.capacity:
        capacity = ladder.capacity * 2 if ladder.capacity else 8
        ladder.chunks = <Chunk **>realloc(ladder.chunks, capacity * sizeof(Chunk *))
        ladder.first_keys = <int64_t *>realloc(ladder.first_keys, capacity * sizeof(int64_t))
        if ladder.chunks == NULL or ladder.first_keys == NULL:
            with gil:
                raise MemoryError("no memory for price levels")
        ladder.capacity = capacity
    if ladder.hints == NULL:
        ladder.hints = <Hint *>calloc(HINTS, sizeof(Hint))
    chunk = <Chunk *>calloc(1, sizeof(Chunk))
    if chunk == NULL or ladder.hints == NULL:
        with gil:
            raise MemoryError("no memory for price levels")
    memmove(
        &ladder.chunks[place + 1], &ladder.chunks[place], (ladder.count - place) * sizeof(Chunk *)
    )
    memmove(
        &ladder.first_keys[place + 1],
        &ladder.first_keys[place],
        (ladder.count - place) * sizeof(int64_t),
    )
    ladder.chunks[place] = chunk
    ladder.count += 1
    return 0


cdef inline int ladder_split(Ladder *ladder, uint32_t place) except -1 nogil:
    """Move the upper half of a full chunk into a new one behind it."""
    cdef Chunk *lower
    cdef Chunk *upper
    ladder_add_chunk(ladder, place + 1)
    lower = ladder.chunks[place]
    upper = ladder.chunks[place + 1]
    upper.count = lower.count >> 1
    lower.count -= upper.count
    memcpy(upper.keys, &lower.keys[lower.count], upper.count * sizeof(int64_t))
    memcpy(upper.levels, &lower.levels[lower.count], upper.count * sizeof(uint32_t))
    ladder.first_keys[place + 1] = upper.keys[0]
    return 0


cdef inline int ladder_insert(Ladder *ladder, int64_t key, uint32_t level) except -1 nogil:
    """Add a level whose key is not there yet; raises MemoryError."""
    cdef uint32_t at, place
    cdef Chunk *chunk
    if ladder.count == 0:
        ladder_add_chunk(ladder, 0)
        ladder.first_keys[0] = key
    at = ladder_chunk_of(ladder, key)
    if ladder.chunks[at].count == CHUNK_KEYS:
        ladder_split(ladder, at)
        at += ladder.first_keys[at + 1] <= key
    chunk = ladder.chunks[at]
    place = chunk_place(chunk, key)
    memmove(&chunk.keys[place + 1], &chunk.keys[place], (chunk.count - place) * sizeof(int64_t))
    memmove(
        &chunk.levels[place + 1], &chunk.levels[place], (chunk.count - place) * sizeof(uint32_t)
    )
    chunk.keys[place] = key
    chunk.levels[place] = level
    chunk.count += 1
    ladder.first_keys[at] = chunk.keys[0]
    ladder_refresh_best(ladder)
    return 0


cdef inline int ladder_remove(Ladder *ladder, int64_t key) except -1 nogil:
    """Take out the level with this key, which is there."""
    cdef uint32_t at = ladder_chunk_of(ladder, key)
    cdef Chunk *chunk = ladder.chunks[at]
    cdef uint32_t place = chunk_place(chunk, key)
    assert place < chunk.count and chunk.keys[place] == key
    if hint_of(ladder, key).key == key:
        hint_of(ladder, key).level = 0
    chunk.count -= 1
    memmove(&chunk.keys[place], &chunk.keys[place + 1], (chunk.count - place) * sizeof(int64_t))
    memmove(
        &chunk.levels[place], &chunk.levels[place + 1], (chunk.count - place) * sizeof(uint32_t)
    )
    if chunk.count == 0:
        ladder_drop_chunk(ladder, at)
    else:
        ladder.first_keys[at] = chunk.keys[0]
    ladder_refresh_best(ladder)
    return 0


cdef inline void ladder_drop_chunk(Ladder *ladder, uint32_t at) noexcept nogil:
    """Give an emptied chunk back."""
    free(ladder.chunks[at])
    ladder.count -= 1
    memmove(&ladder.chunks[at], &ladder.chunks[at + 1], (ladder.count - at) * sizeof(Chunk *))
    memmove(
        &ladder.first_keys[at], &ladder.first_keys[at + 1], (ladder.count - at) * sizeof(int64_t)
    )


cdef inline uint32_t ladder_worse(const Ladder *ladder, int64_t key) noexcept nogil:
    """Return the next level that is worse than `key`, 0 at the end. O(log levels)."""
    cdef uint32_t at, place
    if ladder.count == 0:
        return 0
    at = ladder_chunk_of(ladder, key)
    place = chunk_place(ladder.chunks[at], key)
    if place > 0:
        return ladder.chunks[at].levels[place - 1]
    if at == 0:
        return 0
    return ladder.chunks[at - 1].levels[ladder.chunks[at - 1].count - 1]


cdef inline void ladder_free(Ladder *ladder) noexcept nogil:
    """Give all memory of the ladder back."""
    cdef uint32_t place
    for place in range(ladder.count):
        free(ladder.chunks[place])
    free(ladder.chunks)
    free(ladder.first_keys)
    free(ladder.hints)
