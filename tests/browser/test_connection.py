"""The whole page against a peer that does what a healthy server never does."""

import base64
import json
import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scripted import ScriptedServer


def token(account: str = "alice", scope: str = "market:read orders:read orders:write") -> str:
    """A token as the page reads it; its signature is nobody's business here."""
    claims = {"sub": account, "exp": int(time.time()) + 3600, "scope": scope}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


def phase(page: Page, name: str) -> None:
    expect(page.locator("#connection")).to_have_attribute("data-phase", name)


def ladder(page: Page, state: str) -> None:
    expect(page.locator("#ladder")).to_have_attribute("data-state", state)


@pytest.fixture
def live(scripted: ScriptedServer) -> ScriptedServer:
    """A signed-in page with a live book."""
    scripted.open(f"#token={token()}")
    phase(scripted.page, "live")
    ladder(scripted.page, "live")
    return scripted


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (4400, "Reload the page"),
        (4401, "Sign in with a fresh token"),
        (4403, "may not connect"),
        (4409, "An administrator"),
        (4413, "too large"),
        (1009, "too large"),
    ],
)
def test_what_must_be_mended_first_is_said_and_not_retried(
    live: ScriptedServer, code: int, advice: str
) -> None:
    live.close(code, "the reason")
    phase(live.page, "closed")
    expect(live.page.locator("#banner-text")).to_contain_text(advice)
    expect(live.page.locator("#banner-text")).to_contain_text(f"({code})")
    expect(live.page.locator("#banner-text")).to_contain_text("the reason")
    ladder(live.page, "stale")
    live.page.clock.run_for(120_000)
    phase(live.page, "closed")
    assert len(live.connections) == 1
    live.page.get_by_role("button", name="Reconnect now").click()
    ladder(live.page, "live")


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 4408, 4999])
def test_a_lost_connection_comes_back_with_a_fresh_snapshot(
    live: ScriptedServer, code: int
) -> None:
    if code == 1006:
        live.connections[-1].close()
    else:
        live.close(code)
    phase(live.page, "reconnecting")
    ladder(live.page, "stale")
    phase(live.page, "live")
    ladder(live.page, "live")
    assert len(live.connections) == 2
    assert len(live.asked("subscribe", channel="depth")) == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (4503, {"type": "shutdown", "deadline_us": 1, "reconnect_after_ms": 60_000}),
        (4429, {"type": "error", "code": "rate_limited", "message": "", "retry_after_ms": 60_000}),
    ],
)
def test_the_server_decides_when_the_page_comes_back(
    live: ScriptedServer, code: int, said: dict[str, object]
) -> None:
    live.send(said)
    live.close(code)
    phase(live.page, "reconnecting")
    expect(live.page.locator("#connection-text")).to_have_text(
        re.compile(r"Reconnecting in (60|59|58|57|56) s")
    )


def test_a_shutdown_is_announced(live: ScriptedServer) -> None:
    live.send({"type": "shutdown", "deadline_us": 1, "reconnect_after_ms": 100})
    expect(live.page.locator("#notices li").first).to_contain_text("about to restart")


def test_an_expiring_token_is_announced_and_a_fresh_one_extends_the_connection(
    live: ScriptedServer,
) -> None:
    live.send({"type": "token_expiring", "expires_us": 1})
    expect(live.page.locator("#notices li").first).to_contain_text("about to expire")
    live.page.locator("#account").click()
    live.page.locator("#token").fill(token())
    live.page.get_by_role("button", name="Use token").click()
    live.wait(lambda: len(live.asked("auth")) == 2)
    phase(live.page, "live")
    assert len(live.connections) == 1


def test_another_accounts_token_opens_another_connection(live: ScriptedServer) -> None:
    live.page.locator("#account").click()
    live.page.locator("#token").fill(token(account="bob"))
    live.page.get_by_role("button", name="Use token").click()
    expect(live.page.locator("#account")).to_have_text("bob")
    phase(live.page, "live")
    assert len(live.connections) == 2


def test_a_silent_server_is_shown_as_stale_and_then_left(scripted: ScriptedServer) -> None:
    scripted.silent_ops = {"ping"}
    scripted.open()
    ladder(scripted.page, "live")
    scripted.page.clock.run_for(scripted.heartbeat_ms * 8 // 5)
    phase(scripted.page, "stale")
    ladder(scripted.page, "stale")
    expect(scripted.page.locator("#ladder-state")).to_have_text("stale: silent")
    scripted.page.clock.run_for(scripted.heartbeat_ms * 3 // 2)
    expect(scripted.page.locator("#notices")).to_contain_text("fell silent")
    scripted.wait(lambda: len(scripted.connections) == 2)
    ladder(scripted.page, "live")


def test_a_heartbeat_that_tells_of_a_missed_message_brings_a_fresh_snapshot(
    live: ScriptedServer,
) -> None:
    live.send({"type": "heartbeat", "seqs": {"depth:ACME-USD": {"sent": 11, "as_of": 11}}})
    live.wait(lambda: len(live.asked("subscribe", channel="depth")) == 2)
    ladder(live.page, "live")
    expect(live.page.locator("#stat-resyncs")).to_have_text("1")
    expect(live.page.locator("#notices li").first).to_contain_text("gap")


def test_a_page_and_a_server_that_disagree_for_good_do_not_keep_each_other_busy(
    live: ScriptedServer,
) -> None:
    def asked() -> int:
        return len(live.asked("subscribe", channel="depth"))

    live.page.clock.pause_at(time.time() + 5)
    before = asked()
    live.spoiled = True
    live.send(live.snapshot())
    live.wait(lambda: asked() == before + 1)
    live.page.clock.run_for(200)
    assert asked() == before + 1
    live.spoiled = False
    live.page.clock.run_for(400)
    live.wait(lambda: asked() == before + 2)
    live.page.clock.resume()
    ladder(live.page, "live")
    expect(live.page.locator("#stat-resyncs")).to_have_text("2")


def test_another_epoch_clears_what_was_known(live: ScriptedServer) -> None:
    trade = {"trade_id": "1", "price": "100.10", "quantity": "1.0000", "aggressor": "buy"}
    update = {"channel": "trades", "type": "update", "symbol": "ACME-USD", "epoch": "e1"}
    live.send({**update, "seq": 1, "prev_seq": 0, "trades": [{**trade, "engine_us": 1}]})
    expect(live.page.locator(".tape-row:visible")).to_have_count(1)
    live.epoch = "e2"
    live.close(1012)
    expect(live.page.locator("#stat-epoch")).to_have_text("e2")
    ladder(live.page, "live")
    expect(live.page.locator(".tape-row:visible")).to_have_count(0)
    expect(live.page.locator("#notices")).to_contain_text("afresh in epoch e2")


def test_an_order_whose_answer_never_came_is_not_called_refused(live: ScriptedServer) -> None:
    live.silent_ops = {"order.new"}
    live.page.locator("[name=price]").fill("100.00")
    live.page.locator("[name=quantity]").fill("1")
    live.page.locator("#submit").click()
    live.wait(lambda: live.asked("order.new"))
    expect(live.page.locator("#submit")).to_be_disabled()
    live.close(1012)
    expect(live.page.locator("#notices")).to_contain_text("outcome_unknown")
    phase(live.page, "live")
    expect(live.page.locator("#submit")).to_be_enabled()


@pytest.mark.parametrize(
    ("code", "field"),
    [("invalid_price", "price"), ("max_notional", "quantity"), ("halted", None)],
)
def test_a_refused_order_shows_its_code_beside_the_field_it_concerns(
    live: ScriptedServer, code: str, field: str | None
) -> None:
    live.refusals["order.new"] = {"code": code, "message": "No.", "temporary": False}
    live.page.locator("[name=price]").fill("100.00")
    live.page.locator("[name=quantity]").fill("1")
    live.page.locator("#submit").click()
    expect(live.page.locator("#form-message")).to_contain_text(code)
    expect(live.page.locator("#notices li code").first).to_have_text(code)
    invalid = live.page.locator("[aria-invalid=true]")
    assert [one.get_attribute("name") for one in invalid.all()] == ([field] if field else [])


@pytest.mark.parametrize("text", ["1e3", "-1", "1,5", ""])
def test_what_is_no_plain_decimal_is_not_sent(live: ScriptedServer, text: str) -> None:
    live.page.locator("[name=price]").fill("100.00")
    live.page.locator("[name=quantity]").fill(text)
    live.page.locator("#submit").click()
    expect(live.page.locator("#form-message")).to_contain_text("plain decimal")
    assert live.asked("order.new") == []


def test_a_read_only_token_cannot_send_orders(scripted: ScriptedServer) -> None:
    scripted.open(f"#token={token(scope='market:read')}")
    phase(scripted.page, "live")
    expect(scripted.page.locator("#form-note")).to_have_text("Token is read-only")
    expect(scripted.page.locator("#submit")).to_be_disabled()
    assert scripted.asked("subscribe", channel="orders") == []


def test_without_a_token_market_data_is_asked_for_all_the_same(scripted: ScriptedServer) -> None:
    scripted.open()
    ladder(scripted.page, "live")
    assert scripted.asked("auth") == []
    expect(scripted.page.locator("#account")).to_have_text("Sign in")
    expect(scripted.page.locator("#submit")).to_be_disabled()


@pytest.mark.parametrize(
    ("text", "said"),
    [("nonsense", "not a JSON Web Token"), ("e30.eyJzdWIiOiJhIiwiZXhwIjoxfQ.c2ln", "expired")],
)
def test_a_token_that_cannot_work_is_not_sent(
    scripted: ScriptedServer, text: str, said: str
) -> None:
    scripted.open()
    scripted.page.locator("#account").click()
    scripted.page.locator("#token").fill(text)
    scripted.page.get_by_role("button", name="Use token").click()
    expect(scripted.page.locator("#token-message")).to_contain_text(said)
    assert scripted.asked("auth") == []


def test_server_text_is_shown_as_text(live: ScriptedServer, problems: list[str]) -> None:
    markup = "<img src=x onerror=\"document.title='owned'\">"
    live.send({"type": "error", "id": None, "op": None, "code": markup, "message": markup})
    expect(live.page.locator("#notices li").first).to_contain_text(markup)
    assert live.page.locator("#notices img").count() == 0
    assert live.page.title() == "Depthcast"


def test_a_burst_of_messages_is_applied_whole(live: ScriptedServer) -> None:
    for seq in range(11, 2011):
        live.send(live.delta(seq, [["100.05", f"{seq}.0000"]]))
    expect(live.page.locator("#ladder")).to_have_attribute("data-seq", "2010")
    expect(live.page.locator("#stat-resyncs")).to_have_text("0")
    expect(live.page.locator("#bids .quantity").nth(1)).to_have_text("2010.0000")
