# cython: language_level=3
"""Hold one kernel as a Python object; compiled callers reach its memory here.

    MatchingEngine.kernel   the kernel itself, for `kernel_execute` without the GIL
    MatchingEngine.runs     True while an engine thread owns it
"""

from engine.core.encoding cimport CommandEncoder
from engine.core.expansion cimport Expander
from engine.core.types cimport *


cdef class MatchingEngine:
    cdef Kernel kernel
    cdef CommandEncoder encoder
    cdef Expander expander
    cdef readonly list opening_events
    cdef bint runs
    cdef dict _numbers  # symbol -> number
    cdef int idle(self) except -1
    cdef Symbol *book(self, object symbol) except NULL
    cdef list side_depth(self, const Ladder *ladder, unsigned int levels)
    cdef list order_bytes(self, Symbol *book)
    cdef bytes ladder_bytes(self, const Ladder *ladder)
