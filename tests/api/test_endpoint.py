"""The shell around every call: methods, tokens, bodies, failures."""

import json
import logging

import pytest

from app.api.body import BODY_BYTES_MAX
from tests.api.rest import limit_order

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/v1",
        "/v1/",
        "/v1/orders/",
        "/v1/orders/1/2",
        "/v2/orders",
        "/v1/depth",
        "/v1/depth/",
        "/static",
        "/static/nothing.js",
        "/static/..%2Fpyproject.toml",
        "/%00",
    ],
)
@pytest.mark.parametrize("account", ["alice", None])
def test_an_unknown_path_is_a_problem_too(rest, path, account):
    assert rest.problem("GET", path, account=account) == "404 not_found"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/v1/orders", "POST, GET, DELETE, HEAD"),
        ("POST", "/v1/orders/1", "GET, PATCH, DELETE, HEAD"),
        ("GET", "/v1/orders/batch", "POST"),
        ("DELETE", "/v1/depth/ACME-USD", "GET, HEAD"),
        ("GET", "/v1/admin/halt/ACME-USD", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("OPTIONS", "/v1/orders", "POST, GET, DELETE, HEAD"),
        ("TRACE", "/", "GET, HEAD"),
    ],
)
def test_another_method_is_told_which_there_are(rest, method, path, allow):
    response = rest.ask(method, path)
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/v1/instruments", "/healthz", "/", "/nowhere"])
def test_a_head_is_a_get_without_its_body(rest, path):
    get, head = rest.ask("GET", path), rest.ask("HEAD", path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers == get.headers


@pytest.mark.parametrize(
    ("headers", "content", "expected"),
    [
        (JSON, b"", "400 invalid_json"),
        (JSON, b"{", "400 invalid_json"),
        (JSON, b"[" * 60_000, "400 invalid_json"),
        (JSON, b'"text"', "400 invalid_request"),
        (JSON, b"[]", "400 invalid_request"),
        (JSON, b" " * (BODY_BYTES_MAX + 1), "413 too_large"),
        ({"content-type": "text/plain"}, b"{}", "415 unsupported_media_type"),
        (JSON | {"content-encoding": "gzip"}, b"{}", "415 unsupported_media_type"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/orders"),
        ("POST", "/v1/orders/batch"),
        ("PATCH", "/v1/orders/1"),
        ("POST", "/v1/admin/market/ACME-USD"),
    ],
)
def test_a_bad_body_is_refused_by_every_call_that_takes_one(
    rest, method, path, headers, content, expected
):
    response = rest.ask(method, path, headers=headers, content=content)
    assert f"{response.status_code} {response.json()['code']}" == expected
    assert (response.headers.get("connection") == "close") is (response.status_code == 413)


def test_a_body_is_looked_at_after_the_token(rest):
    content = b"x" * (BODY_BYTES_MAX + 1)
    assert (
        rest.problem("POST", "/v1/orders", account=None, content=content) == "401 unauthenticated"
    )


@pytest.mark.parametrize(
    "authorization",
    ["Basic YWxpY2U6eA==", "Bearer", "Bearer x.y.z", "Bearer a b", "bearer", "Token x"],
)
def test_a_bad_token_is_unauthenticated_with_a_challenge(rest, authorization):
    headers = {"authorization": authorization}
    response = rest.ask("GET", "/v1/orders", account=None, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_token_expires_between_two_requests(rest):
    headers = {"authorization": f"Bearer {rest.token()}"}
    assert rest.ask("GET", "/v1/orders", headers=headers).status_code == 200
    rest.harness.advance_us(3_600_000_000)
    response = rest.ask("GET", "/v1/orders", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")
    assert "invalid_token" in response.headers["www-authenticate"]


def test_a_token_in_the_query_is_no_token(rest):
    path = f"/v1/orders?token={rest.token()}"
    assert rest.problem("GET", path, account=None) == "401 unauthenticated"


def test_a_failure_is_logged_once_and_tells_a_stranger_nothing(rest, caplog, monkeypatch):
    def fail(*_args):
        raise RuntimeError("the secret of the failure")

    monkeypatch.setattr(rest.harness.gateway, "new_order", fail, raising=True)
    with caplog.at_level(logging.ERROR):
        response = rest.ask("POST", "/v1/orders", limit_order())
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "the secret of the failure" in caplog.text


@pytest.mark.parametrize("path", ["/v1/instruments", "/v1/orders", "/nowhere", "/", "/docs"])
def test_no_answer_may_be_sniffed(rest, path):
    assert rest.ask("GET", path).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_carry_the_strict_policy(rest, path):
    headers = rest.ask("GET", path, account=None).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert (headers["referrer-policy"], headers["x-frame-options"]) == ("no-referrer", "DENY")


def test_a_kept_page_is_not_sent_again(rest):
    etag = rest.ask("GET", "/", account=None).headers["etag"]
    response = rest.ask("GET", "/", account=None, headers={"if-none-match": etag})
    assert (response.status_code, response.content) == (304, b"")


def test_the_document_is_served_as_json(rest):
    response = rest.ask("GET", "/openapi.json", account=None)
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.content)["openapi"] == "3.1.0"
