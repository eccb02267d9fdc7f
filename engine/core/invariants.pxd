# cython: language_level=3
"""Check a whole kernel, for tests and at a start: `check_kernel` raises InvariantBroken."""

from engine.core.types cimport Kernel

cdef int check_kernel(Kernel *k) except -1
