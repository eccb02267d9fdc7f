"""The process around the application: how it starts, what it prints, how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.server_process import INSTRUMENTS, LiveServer
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
END_S = 20
PROGRAM = "import sys; from app.cli import main; sys.exit(main())"


def received(connection: ClientConnection) -> list[dict[str, object]]:
    """Return all messages up to the close."""
    messages = []
    try:
        while True:
            messages.append(json.loads(connection.recv(timeout=END_S)))
    except ConnectionClosed:
        return messages


def run(*words: str) -> tuple[int, str, str]:
    """Run `depthcast serve` until it ends by itself."""
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, "serve", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=END_S,
        check=False,
    )
    return process.returncode, process.stdout, process.stderr


def exit_code(server: LiveServer) -> int:
    """Wait until a server that was told to stop has ended."""
    process = server._process
    assert process is not None
    return process.wait(END_S)


def test_a_demo_says_where_it_is_and_its_token_trades(demo_server: LiveServer) -> None:
    [page] = re.findall(
        r"^Depthcast is open at (http://127\.0\.0\.1:\d+/)$", demo_server.text, re.M
    )
    [trade] = re.findall(r"^  trade at    (\S+)$", demo_server.text, re.M)
    [token] = re.findall(r"^  demo token  (\S+)$", demo_server.text, re.M)
    assert trade == f"{page}#token={token}"
    order = {"symbol": "GOOG", "side": "buy", "type": "limit", "quantity": "1", "price": "1.00"}
    answer = httpx.post(
        f"{page}v1/orders", json=order, headers={"authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["account"]) == (201, "demo")


def test_a_server_without_demo_gives_no_token_away(own_server: LiveServer) -> None:
    assert own_server.text.endswith(f"\nDepthcast is open at {own_server.url}/\n")
    assert "token" not in own_server.text


def test_a_port_in_use_is_one_line_and_leaves_its_owner_alone(own_server: LiveServer) -> None:
    port = own_server.url.rsplit(":", 1)[1]
    code, out, error = run("--port", port, "--data-dir", str(own_server._folder))
    assert (code, out) == (2, "")
    assert error.count("\n") == 1
    assert f"--port {port}" in error
    assert httpx.get(f"{own_server.url}/readyz").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_tells_every_client_and_then_ends_the_process(
    own_server: LiveServer, number: signal.Signals
) -> None:
    headers = {"Authorization": f"Bearer {own_server.token('alice')}"}
    with ExitStack() as stack:
        clients = [
            stack.enter_context(connect(own_server.ws_url, additional_headers=headers))
            for _ in range(5)
        ]
        for client in clients:
            assert json.loads(client.recv(timeout=END_S))["type"] == "hello"
            client.send(json.dumps({"op": "subscribe", "channel": "orders"}))
            assert json.loads(client.recv(timeout=END_S))["type"] == "ack"
        os.kill(own_server.pid, number)
        delays = set()
        for client in clients:
            messages = received(client)
            types = [message["type"] for message in messages]
            assert types == ["snapshot", "shutdown", "error"]
            delays.add(messages[1]["reconnect_after_ms"])
            assert messages[2]["code"] == "shutting_down"
            assert client.close_code == 4503
    assert len(delays) == len(clients), "they come back one after the other"
    assert exit_code(own_server) == 0
    assert "Traceback" not in own_server.text


def test_a_signal_during_orders_loses_no_answer(own_server: LiveServer) -> None:
    """Each is answered: accepted, or refused because the server stops."""
    headers = {"Authorization": f"Bearer {own_server.token('alice')}"}
    order = {"symbol": "GOOG", "side": "buy", "type": "limit", "quantity": "1", "price": "1.00"}
    with connect(own_server.ws_url, additional_headers=headers) as client:
        for number in range(200):
            client.send(json.dumps({"op": "order.new", "id": number, **order}))
            if number == 100:
                os.kill(own_server.pid, signal.SIGTERM)
        messages = received(client)
        assert client.close_code == 4503
    answers = [m for m in messages if m["type"] in ("ack", "error") and m.get("id") is not None]
    assert [answer["id"] for answer in answers] == list(range(len(answers)))
    assert all(a["type"] == "ack" or a["code"] == "shutting_down" for a in answers)
    assert exit_code(own_server) == 0


def test_the_same_port_can_be_taken_again_at_once(own_server: LiveServer) -> None:
    url = own_server.url
    with connect(own_server.ws_url):
        own_server.restart()
    assert own_server.url == url
    assert httpx.get(f"{url}/readyz").status_code == 200


def test_a_server_whose_engine_dies_says_so_and_fails(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "tests.app.dying_server", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=END_S,
        check=False,
    )
    assert process.returncode == 1, process.stderr
    assert "the engine thread failed" in process.stderr + process.stdout


def test_instruments_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "instruments.toml"
    path.write_text(INSTRUMENTS.replace("0.01", "0.0x1", 1))
    code, out, error = run("--port", "0", "--instruments", str(path), "--data-dir", str(tmp_path))
    assert (code, out) == (2, "")
    assert error.count("\n") == 1
    assert "instruments.toml" in error


def test_a_server_under_way_is_ready_when_it_says_where_it_is(own_server: LiveServer) -> None:
    wait_until(lambda: httpx.get(f"{own_server.url}/healthz").status_code == 200)
    assert httpx.get(f"{own_server.url}/readyz").json() == {"status": "ready"}
