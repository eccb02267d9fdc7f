"""The terminal against the real server with its live flow."""

import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.terminal_page import DepthWitness, Message, TerminalPage, Wire
from tests.server_process import LiveServer

TRADER = "market:read orders:read orders:write"


@pytest.fixture
def account() -> str:
    """An account of its own for each test."""
    return f"browser-{secrets.token_hex(4)}"


@pytest.fixture
def trader_token(live_server: LiveServer, account: str) -> str:
    return live_server.token(account, TRADER)


@pytest.fixture
def terminal(page: Page, live_server: LiveServer) -> TerminalPage:
    return TerminalPage(page, live_server.url)


def test_the_page_shows_a_moving_book_equal_to_what_the_server_sent(
    page: Page, terminal: TerminalPage, trader_token: str
) -> None:
    witness = DepthWitness(page)
    terminal.open(trader_token)
    seq = 0
    for _ in range(5):
        shown = terminal.moved(beyond_seq=seq)
        seq = shown["seq"]
        bids, asks = witness.book(terminal, seq)
        assert shown["bids"] == bids[: len(shown["bids"])]
        assert shown["asks"] == asks[: len(shown["asks"])]
        assert min(len(shown["bids"]), len(shown["asks"])) > 0
    expect(terminal.locator("#stat-checksum")).to_have_attribute("data-match", "yes")
    assert terminal.resyncs() == 0


def test_a_visitor_without_a_token_sees_a_public_market(terminal: TerminalPage) -> None:
    terminal.page.goto(terminal.url)
    terminal.live()
    expect(terminal.locator("#orders-state")).to_have_text("signed out")
    expect(terminal.locator("#submit")).to_be_disabled()


def test_the_tape_moves(terminal: TerminalPage, trader_token: str) -> None:
    terminal.open(trader_token)
    before = terminal.number("#tape", "data-seq")
    terminal.until(lambda: terminal.number("#tape", "data-seq") > before)
    expect(terminal.locator("#ticker-last")).not_to_have_text("–")
    expect(terminal.locator("#ticker-volume")).not_to_have_text("–")


def test_an_order_is_placed_seen_and_cancelled(
    terminal: TerminalPage, trader_token: str, live_server: LiveServer
) -> None:
    terminal.open(trader_token)
    price = terminal.rest_an_order()
    row = terminal.locator("#open-orders tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(price)
    expect(terminal.locator("#bids .ladder-row[data-mine=true] .price")).to_have_text(price)
    order_id = row.get_attribute("data-key")
    headers = {"Authorization": f"Bearer {trader_token}"}
    url = f"{live_server.url}/v1/orders/{order_id}"
    assert httpx.get(url, headers=headers).json()["status"] == "open"
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    assert httpx.get(url, headers=headers).json()["status"] == "cancelled"
    terminal.locator("#tab-done").click()
    expect(terminal.locator("#done-orders tbody tr").first).to_contain_text("cancelled")


def test_a_market_order_is_filled_and_told(terminal: TerminalPage, trader_token: str) -> None:
    terminal.open(trader_token)
    terminal.choose("type", "market")
    terminal.choose("side", "sell")
    terminal.locator("[name=quantity]").fill("0.01")
    terminal.locator("#submit").click()
    expect(terminal.locator("#notices")).to_contain_text("Sold 0.01")
    expect(terminal.locator("#done-count")).not_to_have_text("0")


def test_all_own_orders_are_cancelled_at_once(terminal: TerminalPage, trader_token: str) -> None:
    terminal.open(trader_token)
    rows = terminal.locator("#open-orders tbody tr")
    for count in (1, 2):
        terminal.rest_an_order()
        expect(rows).to_have_count(count)
    terminal.locator("#cancel-all").click()
    expect(rows).to_have_count(0)


def test_an_order_off_the_tick_is_refused_with_its_code(
    terminal: TerminalPage, trader_token: str
) -> None:
    terminal.open(trader_token)
    terminal.locator("[name=price]").fill("1.0000001")
    terminal.locator("[name=quantity]").fill("1")
    terminal.locator("#submit").click()
    expect(terminal.locator("#form-message")).to_contain_text("invalid_price")
    expect(terminal.locator("#open-orders tbody tr")).to_have_count(0)


def test_a_cut_connection_is_shown_and_comes_back_with_a_fresh_snapshot(
    page: Page, terminal: TerminalPage, trader_token: str
) -> None:
    wire = Wire(page)
    terminal.open(trader_token)
    seq = terminal.ladder()["seq"]
    wire.cut()
    expect(terminal.locator("#connection")).to_have_attribute("data-phase", "reconnecting")
    expect(terminal.locator("#ladder")).to_have_attribute("data-state", "stale")
    terminal.live()
    terminal.moved(beyond_seq=seq)
    assert len(wire.subscriptions("depth")) == 2
    assert terminal.resyncs() == 0


def lose(_message: Message) -> None:
    return None


def alter_checksum(message: Message) -> Message:
    return {**message, "checksum": message["checksum"] ^ 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [(lose, "gap"), (alter_checksum, "checksum")],
)
def test_a_broken_chain_is_shown_as_stale_and_healed_by_a_snapshot(
    page: Page, terminal: TerminalPage, trader_token: str, change: Any, reason: str
) -> None:
    wire = Wire(page)
    terminal.open(trader_token)
    wire.spoil_next_delta(change)
    terminal.until(lambda: wire.spoiled)
    if reason == "gap":
        wire.release()
    expect(terminal.locator("#stat-resyncs")).to_have_text("1")
    expect(terminal.locator("#notices li code").first).to_have_text(reason)
    wire.release()
    terminal.moved(beyond_seq=terminal.ladder()["seq"])
    assert len(wire.subscriptions("depth")) == 2
    assert terminal.resyncs() == 1


def test_a_book_whose_chain_broke_stays_dimmed_until_the_snapshot(
    page: Page, terminal: TerminalPage, trader_token: str
) -> None:
    wire = Wire(page)
    terminal.open(trader_token)
    wire.spoil_next_delta(alter_checksum)
    expect(terminal.locator("#ladder")).to_have_attribute("data-state", "stale")
    expect(terminal.locator("#ladder-state")).to_have_text("syncing")
    expect(terminal.locator("#stat-checksum")).to_have_attribute("data-match", "unknown")
    opacity = terminal.locator("#bids").evaluate("(node) => getComputedStyle(node).opacity")
    assert float(opacity) < 1
    wire.release()
    terminal.live()


def test_another_market_and_another_pace_are_chosen_live(
    page: Page, terminal: TerminalPage, trader_token: str
) -> None:
    wire = Wire(page)
    terminal.open(trader_token)
    terminal.locator("#depth-interval").select_option("0")
    terminal.until(lambda: wire.subscriptions("depth")[-1]["interval_ms"] == 0)
    terminal.live()
    symbols = terminal.locator("#symbol option").all_inner_texts()
    assert len(symbols) > 1
    terminal.locator("#symbol").select_option(symbols[1])
    terminal.until(lambda: wire.subscriptions("depth")[-1]["symbols"] == [symbols[1]])
    terminal.live()
    assert terminal.page.url.endswith(f"#symbol={symbols[1]}")
    assert terminal.resyncs() == 0


def test_the_token_leaves_the_address_bar_and_ends_with_the_tab(
    terminal: TerminalPage, trader_token: str, account: str
) -> None:
    terminal.open(trader_token)
    assert "token" not in terminal.page.url
    kept = "() => [sessionStorage.length, localStorage.length, document.cookie]"
    assert terminal.page.evaluate(kept) == [1, 0, ""]
    terminal.page.reload()
    terminal.live()
    expect(terminal.locator("#account")).to_have_text(account)


def test_the_page_asks_only_its_own_server(
    page: Page, terminal: TerminalPage, trader_token: str, live_server: LiveServer
) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    page.on("websocket", lambda socket: asked.add(socket.url))
    terminal.open(trader_token)
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(live_server.url).netloc}
    paths = {urlsplit(url).path for url in asked}
    assert {path for path in paths if not path.startswith("/static/")} == {
        "/",
        "/v1/instruments",
        "/v1/ws",
    }


def test_the_content_policy_stops_a_script_in_the_page(
    terminal: TerminalPage, trader_token: str, problems: list[str]
) -> None:
    terminal.open(trader_token)
    terminal.page.evaluate("""() => {
      const script = document.createElement('script');
      try { script.textContent = 'window.owned = true'; document.head.append(script); }
      catch (error) { console.error(String(error)); }
    }""")
    assert terminal.page.evaluate("() => window.owned") is None
    terminal.until(lambda: problems)
    problems.clear()


def test_the_keyboard_is_enough_to_place_an_order(
    terminal: TerminalPage, trader_token: str
) -> None:
    terminal.open(trader_token)
    keyboard = terminal.page.keyboard
    keyboard.press("b")
    price = terminal.locator("[name=price]")
    expect(price).to_be_focused()
    keyboard.press("ArrowUp")
    first = price.input_value()
    keyboard.press("ArrowUp")
    assert price.input_value() != first
    keyboard.press("Tab")
    keyboard.type("1")
    keyboard.press("Enter")
    expect(terminal.locator("#open-orders tbody tr")).to_have_count(1)
    terminal.locator("#cancel-all").click()
    expect(terminal.locator("#open-orders tbody tr")).to_have_count(0)


def test_the_ladder_is_walked_with_the_arrow_keys(
    terminal: TerminalPage, trader_token: str
) -> None:
    terminal.open(trader_token)
    terminal.locator("#bids .ladder-row").first.focus()
    terminal.page.keyboard.press("ArrowDown")
    expect(terminal.locator("#bids .ladder-row").nth(1)).to_be_focused()
    terminal.page.keyboard.press("Enter")
    assert terminal.locator("[name=price]").input_value() != ""


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1280, 800), (1920, 1080)])
def test_nothing_sticks_out_sideways(
    terminal: TerminalPage, trader_token: str, width: int, height: int
) -> None:
    terminal.page.set_viewport_size({"width": width, "height": height})
    terminal.open(trader_token)
    assert terminal.page.evaluate("() => document.documentElement.scrollWidth") <= width
    for selector in ("#ladder", "#submit", "#open-orders", "#tape", "#chart"):
        assert terminal.locator(selector).bounding_box() is not None


def test_every_control_has_a_name(terminal: TerminalPage, trader_token: str) -> None:
    terminal.open(trader_token)
    nameless = terminal.page.evaluate("""() =>
      [...document.querySelectorAll('button, input, select, canvas, section')]
        .filter((node) => !node.ariaLabel && !node.labels?.length && !node.textContent.trim()
                          && !node.hasAttribute('aria-labelledby'))
        .map((node) => node.outerHTML)""")
    assert nameless == []
