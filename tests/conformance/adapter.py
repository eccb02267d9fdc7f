"""Serve an engine to `tracebook-conformance` over newline-delimited JSON on stdin and stdout.

Run as `python -m tests.conformance.adapter reference` or `… compiled`. The judge starts it, says
hello with its configuration, then asks event by event; whatever goes wrong here ends the process
with a traceback, which the judge shows.
"""

import json
import os
import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TextIO

from tests.conformance.venue import Venue
from tests.engine.implementations import engine_class

PROTOCOL = {"protocol": "tracebook.conformance", "protocol_version": 1}
LANGUAGES = {"reference": "Python", "compiled": "Cython"}


def serve(implementation: str, lines: Iterable[str], out: TextIO) -> None:
    """Answer every message until the judge says that it has finished."""
    messages = (json.loads(line, parse_float=Decimal) for line in lines)
    hello = next(messages)
    asked = {field: hello[field] for field in PROTOCOL}
    if hello["type"] != "hello" or asked != PROTOCOL:
        raise ValueError(f"not this protocol: {hello}")
    venue = Venue(engine_class(implementation), hello["config"])
    engine = {"name": f"depthcast-{implementation}", "version": "1"}
    engine["language"] = LANGUAGES[implementation]
    say(out, {"type": "ready", **PROTOCOL, "engine": engine})
    last_index = 0
    for message in messages:
        match message["type"]:
            case "event":
                last_index = message["index"]
                seen = venue.observe(message["event"], last_index)
                say(out, {"type": "observation", **seen})
            case "snapshot":
                say(out, {"type": "snapshot", "index": last_index, "state": venue.snapshot()})
            case "finish":
                say(out, {"type": "complete", "event_count": last_index})
                return
            case other:
                raise ValueError(f"not a message of this protocol: {other!r}")


def say(out: TextIO, message: dict[str, Any]) -> None:
    """Write one message; the judge waits for each."""
    out.write(json.dumps(message, separators=(",", ":")) + "\n")
    out.flush()


if __name__ == "__main__":
    serve(sys.argv[1], sys.stdin, sys.stdout)
    # The judge gives us half a second to end: on a busy machine taking the interpreter down in
    # good order may last longer, and there is nothing left to put in order.
    os._exit(0)
