"""The terminal in a browser, read as a person reads it, and the wire beneath it."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, WebSocket, WebSocketRoute, expect

from tests.browser.depth_messages import IndependentBook, Pairs

Message = dict[str, Any]
Change = Callable[[Message], Message | None]

DEPTH_DATA = {("depth", "snapshot"), ("depth", "delta")}
DEADLINE_MS = 15_000
TURN_MS = 20
# One call, so that the rows and their seq are of one drawing.
READ_LADDER = """() => {
  const rows = (id) => [...document.querySelectorAll(`#${id} .ladder-row`)]
    .map((row) => ['.price', '.quantity'].map((cell) => row.querySelector(cell).textContent))
    .filter(([price]) => price !== '');
  const ladder = document.getElementById('ladder');
  return {seq: Number(ladder.dataset.seq), state: ladder.dataset.state,
          bids: rows('bids'), asks: rows('asks').reverse()};
}"""


class TerminalPage:
    """Open the terminal of a running server and wait for what it shows."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, token: str) -> None:
        self.page.goto(f"{self.url}/#token={token}")
        self.live()

    def live(self) -> None:
        """Wait for a live connection with a live book."""
        expect(self.locator("#connection")).to_have_attribute(
            "data-phase", "live", timeout=DEADLINE_MS
        )
        expect(self.locator("#ladder")).to_have_attribute("data-state", "live", timeout=DEADLINE_MS)

    def locator(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def choose(self, name: str, value: str) -> None:
        """Choose one of the order form's radio buttons."""
        self.locator(f"label:has([name={name}][value={value}])").click()

    def rest_an_order(self) -> str:
        """Buy at the lowest bid on the screen, far enough from the market to rest; its price."""
        self.locator("#bids .ladder-row .price:not(:empty)").last.click()
        self.locator("[name=quantity]").fill("1")
        self.locator("#submit").click()
        return self.locator("[name=price]").input_value()

    def ladder(self) -> Message:
        found: Message = self.page.evaluate(READ_LADDER)
        return found

    def number(self, selector: str, attribute: str) -> int:
        return int(self.locator(selector).get_attribute(attribute) or "0")

    def resyncs(self) -> int:
        return int(self.locator("#stat-resyncs").inner_text())

    def moved(self, beyond_seq: int) -> Message:
        """Wait for a live ladder that is past a seq."""

        def past() -> Message | None:
            shown = self.ladder()
            return shown if shown["state"] == "live" and shown["seq"] > beyond_seq else None

        shown: Message = self.until(past)
        return shown

    def until(self, condition: Callable[[], Any]) -> Any:
        """Let the page run until the condition is something; return that."""
        waited_ms = 0
        while not (found := condition()):
            assert waited_ms < DEADLINE_MS, "it did not happen before the deadline"
            self.page.wait_for_timeout(TURN_MS)
            waited_ms += TURN_MS
        return found


class DepthWitness:
    """Reads the page's frames and keeps each book that the server has described, by seq."""

    def __init__(self, page: Page) -> None:
        self._books: dict[int, tuple[Pairs, Pairs]] = {}
        self._book = IndependentBook()
        page.on("websocket", self._opened)

    def book(self, terminal: TerminalPage, seq: int) -> tuple[Pairs, Pairs]:
        """Wait for the frame of a seq that is already shown; its bids and asks."""
        book: tuple[Pairs, Pairs] = terminal.until(lambda: self._books.get(seq))
        return book

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self._received(json.loads(frame)))

    def _received(self, message: Message) -> None:
        if (message.get("channel"), message["type"]) in DEPTH_DATA:
            self._book.apply(message)
            self._books[message["seq"]] = (self._book.bids, self._book.asks)


class Wire:
    """Stands between the page and the server: changes, loses, holds back what the server says."""

    def __init__(self, page: Page) -> None:
        self.sent: list[Message] = []
        self._change: Change | None = None
        self._held: list[str] | None = None
        self._page_side: WebSocketRoute | None = None
        page.route_web_socket(lambda url: url.endswith("/v1/ws"), self._connected)

    def spoil_next_delta(self, change: Change) -> None:
        """Change the next depth delta, or lose it (None), and hold back all after it."""
        self._change = change

    @property
    def spoiled(self) -> bool:
        return self._held is not None

    def release(self) -> None:
        """Hand over what was held back, and all that comes, as it is."""
        held, self._held = self._held or [], None
        for text in held:
            self._tell(text)

    def cut(self) -> None:
        """End the connection as a network does: no close code."""
        if self._page_side is not None:
            self._page_side.close()

    def subscriptions(self, channel: str) -> list[Message]:
        wanted = {"op": "subscribe", "channel": channel}.items()
        return [message for message in self.sent if wanted <= message.items()]

    def _connected(self, page_side: WebSocketRoute) -> None:
        self._page_side = page_side
        server = page_side.connect_to_server()
        server.on_message(self._from_server)

        def from_page(text: str | bytes) -> None:
            self.sent.append(json.loads(text))
            server.send(text)

        page_side.on_message(from_page)

    def _from_server(self, data: str | bytes) -> None:
        text = str(data)
        if self._held is not None:
            self._held.append(text)
            return
        message = json.loads(text)
        if self._change is None or (message.get("channel"), message["type"]) != ("depth", "delta"):
            self._tell(text)
            return
        changed, self._change, self._held = self._change(message), None, []
        if changed is not None:
            self._tell(json.dumps(changed))

    def _tell(self, text: str) -> None:
        if self._page_side is not None:
            self._page_side.send(text)
