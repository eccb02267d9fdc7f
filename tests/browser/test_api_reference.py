"""The API reference at /docs: whole, and from this server alone."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.modules import Modules
from tests.server_process import LiveServer

DOCUMENT = {
    "components": {
        "schemas": {
            "Order": {
                "properties": {
                    "legs": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}
                }
            },
        },
        "parameters": {"a/b": {"name": "limit"}},
    }
}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"$ref": "#/components/schemas/Order"}, "Order"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Order"}}, "array of Order"),
        ({"type": "array", "prefixItems": [{"type": "string"}, {}]}, "[string, any]"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"allOf": [{"type": "string"}, {"pattern": "a"}]}, "string"),
        ({"enum": ["buy", "sell"]}, '"buy" | "sell"'),
        ({"const": 1}, "1"),
        ({"type": "array"}, "array of any"),
        ({}, "any"),
        (True, "any"),
    ],
)
def test_a_schema_is_told_in_one_line(modules: Modules, schema: Any, text: str) -> None:
    call = "({typePieces}, schema) => typePieces(schema).map((piece) => piece.text).join('')"
    assert modules.run("docs/schema.js", call, schema) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"name": "plain"}, {"name": "plain"}),
        ({"$ref": "#/components/parameters/a~1b"}, {"name": "limit"}),
        ({"$ref": "#/components/none"}, {}),
    ],
)
def test_a_reference_is_followed(modules: Modules, value: Any, expected: Any) -> None:
    call = "({resolve}, [document, value]) => resolve(document, value)"
    assert modules.run("docs/schema.js", call, [DOCUMENT, value]) == expected


def test_every_call_and_type_of_the_description_is_on_the_page(
    page: Page, live_server: LiveServer
) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    page.goto(f"{live_server.url}/docs")
    expect(page.locator("#state")).to_be_hidden()
    description = httpx.get(f"{live_server.url}/openapi.json").json()
    shown = page.locator("#operations article h3").all_inner_texts()
    calls = {
        (method.upper(), path)
        for path, item in description["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert {tuple(text.split()) for text in shown} == calls
    types = page.locator("#schemas article h3").all_inner_texts()
    assert types == list(description["components"]["schemas"])
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(live_server.url).netloc}


def test_the_filter_leaves_what_was_looked_for(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/docs")
    expect(page.locator("#state")).to_be_hidden()
    page.locator("#filter").fill("/v1/depth")
    for text in page.locator("#operations article:visible h3").all_inner_texts():
        assert "/v1/depth" in text
    expect(page.locator("#operations article:visible").first).to_be_visible()


def test_every_link_within_the_page_leads_somewhere(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/docs")
    expect(page.locator("#state")).to_be_hidden()
    dead = page.evaluate("""() =>
      [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href'))
        .filter((href) => document.getElementById(href.slice(1)) === null)""")
    assert dead == []
