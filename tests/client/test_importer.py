"""Check `depthcast import lobster` against the real server, and its complaints."""

import lzma
from pathlib import Path

import pytest

from app.client import importer
from tests.client.commands import emptied_after, run_command
from tests.client.test_recording import BOOKS, MESSAGES
from tests.server_process import LiveServer

MAKER, TAKER = "importer.makers", "importer.takers"


def tokens(server: LiveServer) -> list[str]:
    return ["--token", server.token(MAKER), "--aggressor-token", server.token(TAKER)]


def files(folder: Path, messages: str = MESSAGES, books: str = BOOKS) -> list[str]:
    """Write a recording and return the options that name it."""
    paths = folder / "GOOG_messages.csv", folder / "GOOG_books.csv"
    for path, text in zip(paths, (messages, books), strict=True):
        path.write_text(text)
    return ["lobster", "--messages", str(paths[0]), "--orderbook", str(paths[1])]


@pytest.mark.timeout(300)
def test_the_recorded_market_comes_out_of_the_stream_as_it_was(
    live_server: LiveServer, recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = [str(recorded_data / f"GOOG_10_first5000_{kind}.csv.xz") for kind in KINDS]
    words = ["lobster", "--messages", recorded[0], "--orderbook", recorded[1], "--check"]
    words += ["--url", live_server.ws_url, *tokens(live_server)]
    with emptied_after(live_server, "GOOG", MAKER, TAKER):
        assert run_command(importer, *words) == 0
        shown = capsys.readouterr()
        assert "rows 4,999 matched 4,999 · aggressors 152 of 152" in shown.out
        assert shown.err == ""
        assert run_command(importer, *words) == 1
        error = capsys.readouterr().err
        assert error.startswith("depthcast import: GOOG has 10 bids and 10 asks already")
        assert error.count("\n") == 1


KINDS = ("message", "orderbook")


@pytest.mark.timeout(300)
def test_without_a_check_the_book_at_the_end_is_the_recorded_one(
    live_server: LiveServer, recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = []
    for kind in KINDS:
        path = recorded_data / f"GOOG_10_first5000_{kind}.csv.xz"
        with lzma.open(path, "rt") as lines:
            texts.append("".join(lines.readlines()[:1_500]))
    words = [*files(tmp_path, *texts), "--url", live_server.ws_url]
    with emptied_after(live_server, "ACME-USD", MAKER):
        # One account for both sides, and decimals of its own.
        symbol = ["--symbol", "ACME-USD", "--token", live_server.token(MAKER)]
        assert run_command(importer, *words, *symbol) == 0
        assert "1,500 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("messages", "books", "told"),
    [
        (MESSAGES, BOOKS, None),
        (MESSAGES, BOOKS.replace("5000000,130", "5000000,131"), "row 2: buy rank 1"),
        (MESSAGES, BOOKS.replace("5010000,7,5000000,20", "5010000,8,5000000,20"), "row 4: sell"),
        (
            # The second execution is said to be of the order behind.
            MESSAGES.replace("34202.0,4,11,100", "34202.0,4,12,10").replace(
                "34202.0,4,12,10,5000000,1\n34203", "34202.0,4,11,100,5000000,1\n34203"
            ),
            BOOKS,
            "aggressor 1: recorded",
        ),
    ],
)
def test_a_contradiction_is_told_and_fails(
    live_server: LiveServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    messages: str,
    books: str,
    told: str | None,
) -> None:
    words = files(tmp_path, messages, books)
    with emptied_after(live_server, "GOOG", MAKER, TAKER):
        code = run_command(
            importer, *words, "--url", live_server.ws_url, *tokens(live_server), "--check"
        )
    shown = capsys.readouterr()
    assert code == (0 if told is None else 1)
    assert ("not as recorded" in shown.err) is (told is not None)
    assert (told or "") in shown.err


def test_recorded_time_can_be_kept(
    live_server: LiveServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*files(tmp_path), "--url", live_server.ws_url, "--speed", "1000", "--check"]
    with emptied_after(live_server, "GOOG", MAKER, TAKER):
        assert run_command(importer, *words, *tokens(live_server)) == 0
    assert "rows 5 matched 5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "code", "complaint"),
    [
        ({"--symbol": "NOPE"}, 1, "NOPE is not traded there, only"),
        ({"--symbol": "BAND-USD"}, 1, "BAND-USD does not trade single units"),
        ({"--token": "wrong"}, 1, "4401"),
        ({"--url": "ws://127.0.0.1:1/v1/ws"}, 1, "cannot reach"),
        ({"--url": "http://127.0.0.1/"}, 2, "--url http://127.0.0.1/: expected"),
        ({"--speed": "fast"}, 2, "--speed fast: expected"),
        ({"--speed": "0"}, 2, "--speed 0: expected"),
        ({"--speed": "nan"}, 2, "--speed nan: expected"),
        ({"--token": ""}, 2, "--token (or DEPTHCAST_TOKEN)"),
        ({"--messages": "no/such.csv"}, 2, "no/such.csv: No such file"),
        ({"--orderbook": __file__}, 2, "this is no CSV of plain numbers"),
    ],
)
def test_whatever_is_wrong_is_one_line_and_an_exit_code(
    live_server: LiveServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
    code: int,
    complaint: str,
) -> None:
    monkeypatch.delenv("DEPTHCAST_TOKEN", raising=False)
    words = [*files(tmp_path), "--url", live_server.ws_url, *tokens(live_server)]
    for option, value in changed.items():
        words += [option, value]
    assert run_command(importer, *words) == code
    error = capsys.readouterr().err
    assert error.startswith("depthcast import: ") and complaint in error
    assert error.count("\n") == 1


def test_a_token_that_may_not_trade_is_told_so(
    live_server: LiveServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = live_server.token(MAKER, "market:read orders:read")
    words = [*files(tmp_path), "--url", live_server.ws_url, "--token", reader]
    assert run_command(importer, *words) == 1
    assert "forbidden" in capsys.readouterr().err


def test_tokens_may_come_from_the_environment(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPTHCAST_TOKEN", live_server.token(MAKER))
    monkeypatch.setenv("DEPTHCAST_AGGRESSOR_TOKEN", live_server.token(TAKER))
    with emptied_after(live_server, "GOOG", MAKER, TAKER):
        words = [*files(tmp_path), "--url", live_server.ws_url, "--check"]
        assert run_command(importer, *words) == 0


def test_a_broken_row_in_the_middle_is_a_wrong_file(
    live_server: LiveServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = files(tmp_path, MESSAGES.replace("34203.0,3", "34203.0,x"))
    with emptied_after(live_server, "GOOG", MAKER, TAKER):
        code = run_command(importer, *words, "--url", live_server.ws_url, *tokens(live_server))
    assert code == 2
    assert "row 5: not a LOBSTER message" in capsys.readouterr().err
