"""Run the command line: tokens, wrong options, wrong files."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import COMMANDS, main
from app.credentials import load_verifier
from app.options import OPTIONS
from app.settings import Settings, SettingsError
from auth.tokens import Identity
from tests.auth.tokens_by_hand import key_set

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s" * 32
ALICE = ["token", "--account", "alice", "--scopes", "market:read,orders:write"]
PROGRAM = "import sys; from app.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in os.environ:
        if variable.startswith("DEPTHCAST_"):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)


def verified(settings: Settings, token: str) -> Identity:
    identity = load_verifier(settings).verify(token, time.time())
    assert isinstance(identity, Identity)
    return identity


def test_a_token_is_printed_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    before_s = int(time.time())
    assert main([*ALICE, "--ttl", "15m"]) == 0
    printed = capsys.readouterr()
    assert printed.err == "" and printed.out.count("\n") == 1
    identity = verified(Settings(), printed.out.strip())
    assert identity.account == "alice"
    assert identity.scopes == {"market:read", "orders:write"}
    assert before_s + 900 <= identity.expires_at_s <= time.time() + 900


@pytest.mark.parametrize("place", ["option", "variable"])
def test_a_token_is_signed_with_the_secret_issuer_and_audience_given(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    place: str,
) -> None:
    words = ["--jwt-secret", SECRET, "--jwt-issuer", "desk", "--jwt-audience", "box"]
    if place == "variable":
        for flag, value in zip(words[::2], words[1::2], strict=True):
            monkeypatch.setenv("DEPTHCAST_" + flag[2:].replace("-", "_").upper(), value)
        words = []
    assert main([*ALICE, *words]) == 0
    settings = Settings(jwt_secret=SECRET, jwt_issuer="desk", jwt_audience="box")
    assert verified(settings, capsys.readouterr().out.strip()).account == "alice"
    assert list(tmp_path.iterdir()) == []


def test_tokens_of_one_data_directory_are_of_one_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data_dir = tmp_path / "elsewhere"
    for _ in range(2):
        assert main([*ALICE, "--data-dir", str(data_dir)]) == 0
    for token in capsys.readouterr().out.split():
        assert verified(Settings(data_dir=data_dir), token).account == "alice"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "depthcast: the following arguments are required: COMMAND"),
        (["sell"], "depthcast: argument COMMAND: invalid choice: 'sell' (choose from "),
        (["--port", "1"], "depthcast: "),
        (["token"], "depthcast token: the following arguments are required: --account, --scopes"),
        ([*ALICE, "--ttl"], "depthcast token: argument --ttl: expected one argument"),
        ([*ALICE, "--tt", "1h"], "depthcast token: unrecognized arguments: --tt 1h"),
        (
            [*ALICE, "--scopes", "market:write"],
            "depthcast token: --scopes market:write: unknown scope 'market:write', expected",
        ),
        ([*ALICE, "--scopes", ""], "depthcast token: --scopes '': unknown scope '', expected"),
        (
            [*ALICE, "--ttl", "1w"],
            "depthcast token: --ttl 1w: expected a time up to 366d such as 30s, 15m, 1h or 7d",
        ),
        ([*ALICE, "--ttl", "0s"], "depthcast token: --ttl 0s: expected a time"),
        ([*ALICE, "--ttl", "367d"], "depthcast token: --ttl 367d: expected a time"),
        (
            [*ALICE, "--account", "a b"],
            "depthcast token: --account a b: an account is 1 to 64 of A-Z a-z 0-9 . _ : -",
        ),
        ([*ALICE, "--account", "a\nb"], "depthcast token: --account 'a\\nb': an account is"),
        (
            [*ALICE, "--jwt-secret", "short"],
            "depthcast token: --jwt-secret (not shown): expected a shared secret of 32",
        ),
        ([*ALICE, "--data-dir", "file"], "depthcast token: --data-dir file: file: File exists"),
        ([*ALICE, "--data-dir", "open"], "depthcast token: --data-dir open: open/jwt.key: mode"),
        (["serve", "--prot", "1"], "depthcast serve: unrecognized arguments: --prot 1"),
        (["serve", "--por", "1"], "depthcast serve: unrecognized arguments: --por 1"),
        (["serve", "1"], "depthcast serve: unrecognized arguments: 1"),
        (["serve", "--demo=x"], "depthcast serve: argument --demo"),
        (
            ["serve", "--port", "99999"],
            "depthcast serve: --port 99999: expected an integer from 0 to 65535",
        ),
        (["serve", "--instruments", "none"], "depthcast serve: --instruments none: No such file"),
        (["serve", "--durability", "durable"], "depthcast serve: --durability durable: needs"),
        (["serve", "--demo", "--host", "0.0.0.0"], "depthcast serve: --demo: refused on --host"),
        (["serve", "--engine-cpu", "65535"], "depthcast serve: --engine-cpu 65535: expected one"),
    ],
    ids=lambda value: " ".join(value[-2:]) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], message: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "jwt.key").write_text("k" * 43)
    (tmp_path / "open" / "jwt.key").chmod(0o644)
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(message)
    assert printed.err.count("\n") == 1


def test_a_wrong_variable_is_named_as_the_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPTHCAST_LOG_FORMAT", "xml")
    assert main(["serve"]) == 2
    expected = "depthcast serve: DEPTHCAST_LOG_FORMAT xml: expected text or json\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"usage: depthcast {command}" in capsys.readouterr().out


def test_the_help_of_serve_names_every_option_with_its_variable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for option in OPTIONS:
        assert option.flag in text
        assert option.variable in text
    assert "[DEPTHCAST_PORT, default 8080]" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "--jwks keys.json: No such file or directory"),
        ("{}", '--jwks keys.json: no list of keys, expected {"keys": [...]}'),
        (key_set({"kty": "oct", "k": "x"}), "--jwks keys.json: a secret key in a key set"),
        (key_set(), "--jwks keys.json: no usable key, expected one for EdDSA"),
    ],
)
def test_a_wrong_key_set_is_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "keys.json").write_text(content)
    with pytest.raises(SettingsError) as caught:
        load_verifier(Settings(jwks="keys.json", jwt_algorithms=("EdDSA",)))
    assert str(caught.value).startswith(message)


def test_a_port_in_use_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, "serve", "--port", port, "--data-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
            cwd=ROOT,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"depthcast serve: --port {port}: ")
