"""Hold the pages of docs to the code: what they name exists, and what the code has they name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import STATUS_BY_CODE, TEMPORARY_CODES, CloseCode
from app.feed.messages import OPS, OPS_NOT_OFFERED
from app.feed.session_options import CHANNELS, CHANNELS_NOT_OFFERED
from app.observe.families import Counter, Gauge, Histogram
from app.observe.metrics import Metrics
from app.options import OPTIONS, Option
from engine.commands import Command
from engine.events import EVENT_CODES, SCHEMA_VERSION, OrderStatus
from engine.reasons import Reason
from tests.docs.examples import DOCS, PAGES, ROOT, anchor, headings, page, prose
from tests.engine.core_types import enumeration, struct

LINKED = [*PAGES, ROOT / "README.md"]
CODE_FOLDERS = ("app", "auth", "bench", "engine", "static", "tests")
CODE_SUFFIXES = (".py", ".pyi", ".pyx", ".pxd", ".js")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(
    r"`((?:\.ci|app|auth|bench|build|deploy|docs|engine|requirements|static|tests)/[\w./*…-]*)`"
)
_BARE_FILE = re.compile(r"`((?:Dockerfile|Makefile|pyproject\.toml|constraints\.txt)[\w.]*)`")
_CITATION = re.compile(
    r"\b(ARCHITECTURE|BACKTEST|DEVELOPING|EVENTS|OPERATING|PROTOCOL)\.md,"
    r" (?:\"([A-Za-z][\w -]*)\"|([A-Za-z -]+)\))"
)
_MADE_BY_A_BUILD = ("build/",)


@pytest.mark.parametrize("path", LINKED, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in _LINK.findall(prose(path.read_text(encoding="utf-8"))):
        target, _, fragment = link.partition("#")
        if "://" in target:
            continue
        file = (path.parent / target).resolve() if target else path
        anchors = map(anchor, headings(file.read_text())) if file.suffix == ".md" else ()
        if not file.exists() or (fragment and fragment not in set(anchors)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("path", LINKED, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    targets = re.findall(r"^([\w-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:`|^)make (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= set(targets)


@pytest.mark.parametrize("path", LINKED, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = {*_PATH.findall(text), *_BARE_FILE.findall(text)}
    missing = [
        name
        for name in sorted(named)
        if not name.startswith(_MADE_BY_A_BUILD) and "…" not in name
        if not any(ROOT.glob(name.rstrip("/")))
    ]
    assert not missing


def citations() -> Iterator[tuple[str, str, str, bool]]:
    """Yield (file, page, section, whether in quotes) for each section that the code cites."""
    for folder in CODE_FOLDERS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in CODE_SUFFIXES and file != Path(__file__):
                text = re.sub(r"\s*\n[\s*#]*", " ", file.read_text(encoding="utf-8"))
                name = str(file.relative_to(ROOT))
                for cited, quoted, plain in _CITATION.findall(text):
                    yield name, f"{cited}.md", quoted or plain, bool(quoted)


def is_told(name: str, cited: str, is_quoted: bool) -> bool:
    """Tell whether a page has a cited section: by its very name in quotes, else by its words."""
    words = set(cited.lower().split())
    for heading in headings(page(name)):
        own = set(heading.lower().split())
        if heading.lower() == cited.lower() or (not is_quoted and (words <= own or own <= words)):
            return True
    return False


def test_every_section_that_the_code_cites_exists() -> None:
    found = list(citations())
    assert len(found) > 20, "the pattern finds what the code cites"
    missing = [
        (file, name, cited) for file, name, cited, *rest in found if not is_told(name, cited, *rest)
    ]
    assert not missing


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of table rows by the first word in code marks, or the first cell."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            code = re.search(r"`([^`]+)`", line)
            found.setdefault(cells[0] if code is None else code[1], cells)
    return found


def section(text: str, heading: str) -> str:
    """Return what stands under a heading of the second level."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_refusal_code_has_its_row_with_its_status() -> None:
    codes = rows(section(page("PROTOCOL.md"), "Codes"))
    for code, status in STATUS_BY_CODE.items():
        assert codes[code][1] == str(status), code
        assert ("temporary" in codes[code][2]) == (code in TEMPORARY_CODES), code


def test_every_close_code_has_its_row() -> None:
    text = section(page("PROTOCOL.md"), "Close codes")
    told = {int(number) for number in re.findall(r"^\| (\d{4}) \|", text, re.MULTILINE)}
    assert told == {int(code) for code in CloseCode}


def test_every_metric_is_named_and_no_other_is() -> None:
    names = {
        f"{family.name}_total" if isinstance(family, Counter) else family.name
        for family in vars(Metrics()).values()
        if isinstance(family, Counter | Gauge | Histogram)
    }
    text = section(page("PROTOCOL.md"), "Metrics")
    assert set(re.findall(r"`(depthcast_\w+)`", text)) == names


def test_metrics_that_operators_shall_watch_exist() -> None:
    known = set(re.findall(r"depthcast_\w+", section(page("PROTOCOL.md"), "Metrics")))
    assert set(re.findall(r"depthcast_\w+", page("OPERATING.md"))) <= known


def test_every_op_and_channel_is_named_and_those_not_offered_are_said_to_be() -> None:
    text = page("PROTOCOL.md")
    ops, channels = section(text, "Ops"), section(text, "Channels")
    missing = section(text, "Not offered yet")
    assert [op for op in OPS if f"`{op}`" not in ops] == []
    assert [channel for channel in CHANNELS if f"| `{channel}` |" not in channels] == []
    assert [
        name for name in OPS_NOT_OFFERED | CHANNELS_NOT_OFFERED if f"`{name}`" not in missing
    ] == []


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.field)
def test_every_option_has_its_row(option: Option) -> None:
    text = section(page("OPERATING.md"), "Options")
    assert f"`{option.flag}`" in text
    assert f"`{option.variable}`" in text


def test_every_event_has_its_row_with_its_code_and_its_fields() -> None:
    text = section(page("EVENTS.md"), "Events by type")
    for event, code in EVENT_CODES.items():
        row = next(line for line in text.splitlines() if f"| `{event.__name__}` |" in line)
        assert row.startswith(f"| {code} |")
        told = set(re.findall(r"\w+", row.split("|")[4]))
        own = set(event.__struct_fields__) - {"seq", "engine_ns", "symbol"}
        assert own <= told, (event, own - told)


def test_every_reason_has_its_row_with_its_number() -> None:
    text = section(page("EVENTS.md"), "Reasons")
    told = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", text, re.MULTILINE))
    assert told == {str(int(reason)): reason.name for reason in Reason}


def test_every_status_and_command_is_named() -> None:
    text = page("EVENTS.md")
    statuses, commands = section(text, "Order status"), section(text, "Commands")
    assert [status.name for status in OrderStatus if f"`{status.name}`" not in statuses] == []
    names = [command.__name__ for command in Command.__args__]
    assert [name for name in names if f"`{name}`" not in commands] == []
    assert f"`SCHEMA_VERSION` in `engine/events.py` is {SCHEMA_VERSION}." in text


RECORDS = {
    33: ("PlainRecord", None),
    34: ("PlainRecord", None),
    36: ("AcceptedRecord", None),
    37: ("FillFirst", "FillSecond"),
    38: ("CancelledRecord", "CancelledTail"),
    39: ("AmendedRecord", "AmendedTail"),
    40: ("DepthRecord", None),
}


@pytest.mark.parametrize(("kind", "structs"), RECORDS.items())
def test_the_offsets_of_records_are_those_of_the_core(
    kind: int, structs: tuple[str, str | None]
) -> None:
    text = section(page("EVENTS.md"), "Records")
    row = next(line for line in text.splitlines() if re.match(rf"\| {kind} ", line))
    told = [(int(at), name) for at, name in re.findall(r"(\d+) `(\w+)`", row)]
    assert told
    for at, name in told:
        owner = structs[0] if at < 64 else structs[1]
        assert owner is not None
        assert getattr(struct(owner), name).offset == at % 64, name


def test_the_offsets_of_commands_are_those_of_the_core() -> None:
    text = section(page("EVENTS.md"), "Records").partition("**Every event record**")[0]
    command = struct("CommandRecord")
    told = re.findall(r"\| (\d+) \| `(\w+)`", text)
    assert {name for _, name in told} == {field[0] for field in command._fields_}
    for at, name in told:
        assert getattr(command, name).offset == int(at), name


def test_every_kind_of_record_is_told() -> None:
    text = section(page("EVENTS.md"), "Records")
    kinds = enumeration("RecordKind")
    for name, number in kinds.items():
        if name.startswith("COMMAND_") and name != "COMMAND_KINDS":
            words = "".join(word.capitalize() for word in name.split("_")[1:])
            assert f"{words} {number}" in text
        elif name.startswith("RECORD_") and name != "RECORD_KINDS":
            assert re.search(rf"^\| (?:\d+ · )?{number} ", text, re.MULTILINE), name


def test_every_decision_has_context_decision_and_consequences() -> None:
    decisions = sorted((DOCS / "adr").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [
        f"{n:04}" for n in range(1, len(decisions) + 1)
    ]
    for path in decisions:
        title, *parts = headings(path.read_text())
        assert title.startswith(f"{int(path.name[:4])}. ")
        assert parts == ["Context", "Decision", "Consequences"], path.name


def test_the_architecture_stays_on_a_few_pages() -> None:
    assert len(page("ARCHITECTURE.md").splitlines()) < 200
