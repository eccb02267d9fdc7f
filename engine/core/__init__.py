"""Hold the compiled core; `types.pxd` is its contents page."""
