"""Type the kernel's check (engine/core/invariants.pyx): it has no face in Python."""
