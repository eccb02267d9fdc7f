"""Set logging up: one line per record, for people or for machines.

Role: called once by the command line before the server starts. Imports the standard library and
msgspec alone.
"""

import logging
import sys
import time
from typing import Final, Literal, TextIO

import msgspec

LogFormat = Literal["text", "json"]

TEXT_FORMAT: Final = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s  %(message)s"
TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%S"


class JsonFormatter(logging.Formatter):
    """Render a record as one JSON object; a traceback is one string in it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, str | int] = {
            "time_us": int(record.created * 1_000_000),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(entry).decode()


def formatter(log_format: LogFormat) -> logging.Formatter:
    """Return the formatter of a log format; times are UTC."""
    if log_format == "json":
        return JsonFormatter()
    text = logging.Formatter(TEXT_FORMAT, TIME_FORMAT)
    text.converter = time.gmtime
    return text


def configure_logging(log_format: LogFormat, stream: TextIO = sys.stderr) -> None:
    """Send everything from INFO on to `stream`, in place of any earlier set-up."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
