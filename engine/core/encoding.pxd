# cython: language_level=3
"""Encode commands as records.

    CommandEncoder.write   encode a command into slots; returns how many

An encoder belongs to the one producer whose commands it encodes.
"""

from engine.core.types cimport *

cdef enum:
    COMMAND_SLOTS_MAX = 40  # two fixed slots and the longest text, an instrument


cdef class CommandEncoder:
    cdef dict _numbers  # symbol -> number
    cdef dict _steps  # symbol -> (tick size, lot size)
    cdef uint32_t number(self, object symbol) except? 0
    cdef int write(self, object command, uint64_t command_seq, char *slots) except -1
    cdef int order_named(self, object command, CommandRecord *record) except -1
    cdef int new_order(self, object command, CommandRecord *record, char *slots) except -1
    cdef int amend(self, object command, CommandRecord *record, OrderTail *tail) except -1
    cdef int list_instrument(self, object instrument, CommandRecord *record) except -1
    cdef int name_instrument(self, object instrument, CommandRecord *record) except -1
