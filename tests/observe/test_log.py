"""The log's two formats."""

import io
import json
import logging

import pytest

from app.observe.log import configure_logging


@pytest.fixture
def logged():
    """Yield a function that logs through a fresh set-up; put the earlier one back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def log(log_format, write):
        stream = io.StringIO()
        configure_logging(log_format, stream)
        write(logging.getLogger("depthcast.test"))
        return stream.getvalue().splitlines()

    yield log
    root.handlers[:], root.level = handlers, level


def test_text_is_one_line_for_people(logged):
    (line,) = logged("text", lambda logger: logger.warning("slow: %s", "disk"))
    assert line.endswith("WARNING depthcast.test  slow: disk")
    assert line[10] == "T"


def test_json_is_one_object_per_line(logged):
    (line,) = logged("json", lambda logger: logger.info("said %r\nand more", '"'))
    entry = json.loads(line)
    assert entry.pop("time_us") > 1_600_000_000_000_000
    assert entry == {"level": "info", "logger": "depthcast.test", "message": "said '\"'\nand more"}


def test_json_keeps_a_traceback_inside_the_object(logged):
    def fail(logger):
        try:
            raise ValueError("broken")
        except ValueError:
            logger.exception("failed")

    (line,) = logged("json", fail)
    assert "ValueError: broken" in json.loads(line)["exception"]


@pytest.mark.parametrize(("level", "lines"), [("debug", 0), ("info", 1)])
def test_debug_is_not_shown(logged, level, lines):
    assert len(logged("text", lambda logger: getattr(logger, level)("x"))) == lines


def test_setting_up_again_replaces_the_first(logged):
    logged("json", lambda logger: logger.info("one"))
    assert len(logged("text", lambda logger: logger.info("two"))) == 1
