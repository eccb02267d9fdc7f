"""The terminal while its own server asks for a token, stops and comes back."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.terminal_page import DEADLINE_MS, TerminalPage
from tests.server_process import LiveServer


@pytest.fixture
def terminal(page: Page, own_server: LiveServer) -> TerminalPage:
    return TerminalPage(page, own_server.url)


def test_a_visitor_is_told_to_sign_in_and_then_sees_the_market(
    terminal: TerminalPage, own_server: LiveServer
) -> None:
    terminal.page.goto(own_server.url)
    banner = terminal.locator("#banner-text")
    expect(banner).to_contain_text("Sign in with a fresh token", timeout=DEADLINE_MS)
    expect(banner).to_contain_text("4401")
    terminal.locator("#account").click()
    terminal.locator("#token").fill(own_server.token("visitor"))
    terminal.page.get_by_role("button", name="Use token").click()
    terminal.live()
    expect(terminal.locator("#account")).to_have_text("visitor")
    expect(banner).to_be_hidden()


def test_a_restarted_server_is_found_again_in_its_new_epoch(
    terminal: TerminalPage, own_server: LiveServer, problems: list[str]
) -> None:
    terminal.open(own_server.token("visitor"))
    epoch = terminal.locator("#stat-epoch").inner_text()
    own_server.restart()
    expect(terminal.locator("#stat-epoch")).not_to_have_text(epoch, timeout=DEADLINE_MS)
    terminal.live()
    expect(terminal.locator("#notices")).to_contain_text("about to restart")
    expect(terminal.locator("#notices")).to_contain_text("starts afresh in epoch")
    # Chromium itself reports each attempt while nobody listens.
    assert all("WebSocket connection to" in problem for problem in problems), problems
    problems.clear()


def test_a_killed_server_leaves_a_dimmed_book_until_it_is_back(
    terminal: TerminalPage, own_server: LiveServer, problems: list[str]
) -> None:
    terminal.open(own_server.token("visitor"))
    own_server.kill()
    expect(terminal.locator("#ladder")).to_have_attribute("data-state", "stale")
    expect(terminal.locator("#connection")).to_have_attribute("data-phase", "reconnecting")
    expect(terminal.locator("#submit")).to_be_disabled()
    own_server.start()
    terminal.live()
    assert all("WebSocket connection to" in problem for problem in problems), problems
    problems.clear()
