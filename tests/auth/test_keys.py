"""Create and read the key file, also in a race."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from auth.keyring import secret_key_ring
from auth.keys import JWKS_BYTES_MAX, KeyFileError, load_or_create_secret, read_jwks

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 4


def test_a_key_is_generated_once_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "deep" / "jwt.key"
    secret = load_or_create_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_or_create_secret(path) == secret
    assert secret_key_ring(secret).sole is not None
    assert list(path.parent.iterdir()) == [path]


def test_a_key_is_readable_by_its_owner_alone_under_an_open_umask(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        load_or_create_secret(tmp_path / "jwt.key")
    finally:
        os.umask(umask)
    assert (tmp_path / "jwt.key").stat().st_mode & 0o777 == 0o600


def test_every_directory_gets_a_key_of_its_own(tmp_path: Path) -> None:
    secrets = {load_or_create_secret(tmp_path / str(n) / "jwt.key") for n in range(20)}
    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {43}


def test_racing_threads_all_get_the_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / str(attempt) / "jwt.key"
        barrier = threading.Barrier(PROCESSES)
        secrets: list[str] = []

        def race(path: Path = path, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(10)
            secrets.append(load_or_create_secret(path))  # noqa: B023 - joined below

        threads = [threading.Thread(target=race) for _ in range(PROCESSES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(secrets) == PROCESSES and len(set(secrets)) == 1
        assert list(path.parent.iterdir()) == [path]


def test_racing_processes_all_get_the_one_key(tmp_path: Path) -> None:
    path = tmp_path / "var" / "jwt.key"
    program = (
        "import sys; from pathlib import Path; from auth.keys import load_or_create_secret;"
        "sys.stdin.readline(); print(load_or_create_secret(Path(sys.argv[1])))"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(PROCESSES)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    secrets = {racer.communicate(timeout=30)[0] for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * PROCESSES
    assert secrets == {path.read_text()}


def test_an_operators_own_key_file_is_used_without_its_newline(tmp_path: Path) -> None:
    path = tmp_path / "jwt.key"
    path.write_text("  " + "k" * 40 + "\r\n")
    path.chmod(0o400)
    assert load_or_create_secret(path) == "k" * 40


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o601, 0o777])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "jwt.key"
    load_or_create_secret(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=rf"jwt.key: mode {mode:04o} lets others in, .*0600"):
        load_or_create_secret(path)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"k" * 31, b"k" * 1_025, b"\xff" * 40, b"k" * 5_000_000]
)
def test_a_file_that_is_not_a_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "jwt.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="not a key, expected 32 to 1024 ASCII characters"):
        load_or_create_secret(path)
    assert path.read_bytes() == content


def test_a_pipe_or_directory_in_place_of_the_key_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "directory").mkdir()
    for name in ("pipe", "directory"):
        with pytest.raises(KeyFileError, match="not a regular file"):
            load_or_create_secret(tmp_path / name)


def test_a_data_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileError) as caught:
        load_or_create_secret(tmp_path / "file" / "jwt.key")
    assert str(caught.value) == f"{tmp_path / 'file'}: File exists, expected a directory"


def test_a_key_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "jwt.key").symlink_to("jwt.key")
    with pytest.raises(KeyFileError, match=r"jwt.key: Too many levels .*, expected a file to read"):
        load_or_create_secret(tmp_path / "jwt.key")


ANSWERS = {
    "/keys": (200, b'{"keys": []}'),
    "/moved": (302, b""),
    "/missing": (404, b""),
    "/large": (200, b" " * (JWKS_BYTES_MAX + 1)),
    "/binary": (200, b"\xff\xfe"),
}


class _KeyServer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Location", "/keys")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def key_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _KeyServer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_key_set_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"keys": []}')
    assert read_jwks(str(tmp_path / "keys.json")) == '{"keys": []}'


def test_a_key_set_is_fetched_from_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with key_server() as url:
        assert read_jwks(url + "/keys") == '{"keys": []}'


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/moved", "HTTP status 302"),
        ("/missing", "HTTP status 404"),
        ("/large", "larger than 262144 bytes"),
        ("/binary", "not UTF-8 text"),
    ],
)
def test_a_url_that_gives_no_key_set_is_refused(
    monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with key_server() as url, pytest.raises(KeyFileError, match=message):
        read_jwks(url + path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("http://keys.example/jwks", "expected https, or http on loopback"),
        ("http://localhost.example/jwks", "expected https, or http on loopback"),
        ("http://127.0.0.1@keys.example/jwks", "expected https, or http on loopback"),
        ("file:///etc/hostname", "expected https, or http on loopback"),
        ("ftp://localhost/jwks", "expected https, or http on loopback"),
        ("https:///jwks", "expected https, or http on loopback"),
        ("http://127.0.0.1:0/jwks", "http://127.0.0.1:0/jwks: "),
        ("http://127.0.0.1:99999999/jwks", "http://127.0.0.1:99999999/jwks: "),
        ("http://[::1/jwks", "Invalid IPv6 URL"),
        ("no/such/file", "no/such/file: No such file or directory"),
        ("/", "/: Is a directory"),
        ("a\0b", "null byte"),
    ],
)
def test_a_source_that_is_no_trusted_key_set_is_one_line(
    monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(KeyFileError, match=message) as caught:
        read_jwks(source)
    assert "\n" not in str(caught.value)
