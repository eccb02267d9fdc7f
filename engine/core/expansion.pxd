# cython: language_level=3
"""Expand records to events.

    record_slots      how many slots the record that begins here takes
    ends_unit         whether it is the last of its unit
    Expander.expand   append the events of whole units to a list

An expander belongs to the one reader whose records it expands.
"""

from engine.core.types cimport *

cdef struct Fill:  # one order's side of a fill record
    const FillFirst *first
    uint64_t seq
    uint64_t order_id
    uint64_t counter_order_id
    int64_t remaining_lots
    int64_t cumulative_lots
    uint32_t account
    uint32_t counter_account
    uint8_t status  # old << 4 | new
    uint8_t side

cdef uint64_t record_slots(const char *record) noexcept nogil
cdef bint ends_unit(const char *record) noexcept nogil


cdef class Expander:
    cdef list _symbols  # by number
    cdef object symbol(self, uint32_t number)
    cdef int expand(self, const char *slots, uint64_t count, list events) except -1
    cdef int record(self, const char *record, const char *command, list events) except -1
    cdef int complete(
        self,
        const RecordHead *head,
        const char *command,
        uint64_t seq,
        bint accepted,
        object reason,
        list events,
    ) except -1
    cdef int completed(
        self, const PlainRecord *record, const char *command, list events
    ) except -1
    cdef uint64_t level(
        self,
        const RecordHead *head,
        uint64_t seq,
        int64_t price_ticks,
        int64_t lots,
        uint32_t count,
        list events,
    ) except 0
    cdef uint64_t depth(self, const DepthRecord *record, list events) except 0
    cdef uint64_t accepted(
        self, const AcceptedRecord *record, const char *command, list events
    ) except 0
    cdef uint64_t cancelled(self, const CancelledRecord *record, list events) except 0
    cdef uint64_t amended(self, const AmendedRecord *record, list events) except 0
    cdef uint64_t fill(
        self, const FillFirst *first, const FillSecond *second, list events
    ) except 0
    cdef uint64_t matched(
        self, const Fill *fill, object symbol, object total, object role, list events
    ) except 0
    cdef uint64_t control(
        self, const PlainRecord *record, const char *command, list events
    ) except 0
