# cython: language_level=3
"""Run a kernel between two rings: `EngineLoop.run` is what the engine thread does."""

from libcpp.atomic cimport atomic

from engine.core.kernel cimport MatchingEngine
from engine.core.rings cimport CommandRing, EventBus
from engine.core.types cimport *

cdef enum:
    WAIT_PARK = 0  # sleep on a descriptor after a short spin
    WAIT_YIELD = 1  # give the core to others between looks
    WAIT_SPIN = 2  # look without a pause: needs a core of its own
    STAMPS = 1 << 16  # matched times kept, by command_seq


cdef class EngineLoop:
    cdef MatchingEngine engine
    cdef CommandRing commands
    cdef EventBus bus
    cdef int wake
    cdef int waits
    cdef atomic[int64_t] *stamps  # by command_seq
    cdef int loop(self) except -1 nogil
    cdef int batch(self, uint64_t position, uint64_t end) except -1 nogil
    cdef void foresee(self, uint64_t at, uint64_t end) noexcept nogil
    cdef uint64_t wait(self, uint64_t position) noexcept nogil
