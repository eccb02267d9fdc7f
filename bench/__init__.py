"""Measure what the parts of Depthcast cost: `python -m bench` or `make bench`.

    figures.py  machine.py  report.py      a figure, its conditions, its table
    workloads.py                           seeded command streams, encoded beforehand
    engine.py                              the compiled core, without Python between commands
    calls.py                               the in-process API from Python
    rings.py                               command ring, engine thread, event bus
    loop.py                                event loop -> engine -> event loop
    rest.py  http_load.py  echo.py         a real server beside a bare echo
    peers.py                               other engines, where installed

Compared, never asserted: dated results are in bench/RESULTS.md. The tests run each bench tiny.
"""
