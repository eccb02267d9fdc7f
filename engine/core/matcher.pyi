"""Type the kernel's verbs (engine/core/matcher.pyx): they have no face in Python."""
