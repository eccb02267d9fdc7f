"""Check how the two files of a recording are read, whole or wrong."""

import lzma
from pathlib import Path

import pytest

from app.client.lobster import Add, Aggress, Delete, Fill, Reduce
from app.client.lobster_rows import LobsterFormatError
from app.client.recording import RecordingError, portions, read_recording

MESSAGES = """\
34200.0,1,11,100,5000000,1
34200.5,1,12,50,5000000,1
34201.0,2,12,20,5000000,1
34202.0,4,11,100,5000000,1
34202.0,4,12,10,5000000,1
34203.0,3,12,20,5000000,1
"""
BOOKS = """\
5010000,7,5000000,100
5010000,7,5000000,150
5010000,7,5000000,130
5010000,7,5000000,30
5010000,7,5000000,20
5010000,7,4990000,40
"""


def written(path: Path, text: str) -> Path:
    raw = text.encode("utf-8")
    path.write_bytes(lzma.compress(raw) if path.suffix == ".xz" else raw)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".csv.xz"])
def test_a_recording_is_cut_where_the_book_can_be_compared(tmp_path: Path, suffix: str) -> None:
    recording = read_recording(
        written(tmp_path / f"ACME_messages{suffix}", MESSAGES),
        written(tmp_path / f"ACME_books{suffix}", BOOKS),
    )
    cut = list(portions(recording))
    assert [portion.compare.row if portion.compare else None for portion in cut] == [
        0,
        1,
        2,
        4,
        5,
        None,
    ]
    assert [portion.entries for portion in cut[1:]] == [
        (Add("12", "buy", 50_000, 50),),
        (Reduce("12", 30),),
        (
            Aggress(
                "sell",
                50_000,
                110,
                (Fill("anonymous-1", 50_000, 100), Fill("12", 50_000, 10)),
            ),
        ),
        (Delete("12"),),
        (Add("anonymous-3", "buy", 49_900, 40),),
    ]
    assert [recording.seconds(row) for row in (0, 1, 5)] == [0, 0.5, 3.0]


@pytest.mark.parametrize(
    ("messages", "books", "complaint"),
    [
        (None, BOOKS, "messages.csv: No such file"),
        (MESSAGES, None, "books.csv: No such file"),
        ("", BOOKS, "messages.csv: there are no rows"),
        (MESSAGES + "34204.0,5,0,1,1,1\n", BOOKS, "has 7 rows and .* has 6"),
        ("ä\n", BOOKS, "messages.csv: this is no CSV"),
    ],
)
def test_files_that_cannot_be_a_recording_are_named(
    tmp_path: Path, messages: str | None, books: str | None, complaint: str
) -> None:
    paths = (tmp_path / "messages.csv", tmp_path / "books.csv")
    for path, text in zip(paths, (messages, books), strict=True):
        if text is not None:
            written(path, text)
    with pytest.raises(RecordingError, match=complaint):
        read_recording(*paths)


def test_a_file_that_is_not_compressed_as_its_name_says_is_named(tmp_path: Path) -> None:
    messages = tmp_path / "messages.csv.xz"
    messages.write_text(MESSAGES)
    with pytest.raises(RecordingError, match=r"messages\.csv\.xz: "):
        read_recording(messages, written(tmp_path / "books.csv", BOOKS))


def test_swapped_files_are_noticed_at_their_first_row(tmp_path: Path) -> None:
    recording = read_recording(
        written(tmp_path / "messages.csv", BOOKS), written(tmp_path / "books.csv", MESSAGES)
    )
    with pytest.raises(LobsterFormatError, match="row 0"):
        list(portions(recording))


def test_a_time_that_is_no_number_is_noticed(tmp_path: Path) -> None:
    recording = read_recording(
        written(tmp_path / "messages.csv", MESSAGES.replace("34201.0", "noon")),
        written(tmp_path / "books.csv", BOOKS),
    )
    with pytest.raises(LobsterFormatError, match="row 2"):
        recording.seconds(2)
