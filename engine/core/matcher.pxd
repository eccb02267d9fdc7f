# cython: language_level=3
"""Execute commands on a kernel: the nogil face for compiled callers.

    kernel_open      make a kernel's memory; raises MemoryError
    kernel_execute   turn one command record into one unit in `Kernel.out`
    kernel_foresee   fetch what a command some places ahead will need, before it is executed
    kernel_close     give the memory back
"""

from engine.core.types cimport Kernel, uint32_t

cdef enum:
    FORESEEN_COMMANDS = 3
    FORESEEN_FROM_ORDERS = 1 << 13  # a smaller book is in the cache anyway

cdef int kernel_open(Kernel *k) except -1
cdef int kernel_execute(Kernel *k, const char *command) except -1 nogil
cdef void kernel_foresee(Kernel *k, const char *command, uint32_t places) noexcept nogil
cdef void kernel_close(Kernel *k) noexcept nogil
