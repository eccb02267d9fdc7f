"""The browser's files: what is served, and under which policy."""

import pytest

from app.api.call import ApiRequest, Content
from app.api.static_files import CONTENT_SECURITY_POLICY, load_pages, page_calls


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "js").mkdir()
    (tmp_path / "index.html").write_text("<p>terminal")
    (tmp_path / "js" / "main.js").write_text("export {}")
    (tmp_path / "secret.key").write_text("not for you")
    return tmp_path


def get(directory, path, headers=()):
    """Ask the call that serves a path."""
    calls = {call.path: call for call in page_calls(load_pages(directory))}
    call = calls.get(path) or calls["/static/{path:path}"]
    request = ApiRequest(None, list(headers), {"path": path.removeprefix("/static/")}, {})
    return call.handler(None, request)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/index.html", "text/html; charset=utf-8"),
        ("/static/js/main.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_is_served_with_its_type_and_the_policy(directory, path, content_type):
    content = get(directory, path)
    headers = dict(content.headers)
    assert (content.status, content.content_type) == (200, content_type)
    assert headers[b"content-security-policy"].decode() == CONTENT_SECURITY_POLICY
    assert headers[b"cache-control"] == b"no-cache"
    assert headers[b"x-frame-options"] == b"DENY"


@pytest.mark.parametrize(
    "path",
    [
        "/static/nothing.js",
        "/static/secret.key",
        "/static/js",
        "/static/",
        "/static/../secret.key",
        "/static/js/../index.html",
        "/static//etc/passwd",
        "/docs",
    ],
)
def test_nothing_else_is_there(directory, path):
    assert get(directory, path).code == "not_found"


def test_a_kept_copy_is_not_sent_again(directory):
    etag = dict(get(directory, "/").headers)[b"etag"]
    for header in (etag, b'"other", ' + etag):
        kept = get(directory, "/", [(b"if-none-match", header)])
        assert (kept.status, kept.body) == (304, b"")
    assert get(directory, "/", [(b"if-none-match", b'"other"')]).status == 200


def test_a_changed_file_has_another_tag(directory):
    before = get(directory, "/")
    (directory / "index.html").write_text("<p>new")
    after = get(directory, "/")
    assert isinstance(after, Content)
    assert dict(before.headers)[b"etag"] != dict(after.headers)[b"etag"]


@pytest.mark.parametrize("word", ["unsafe-inline", "unsafe-eval", "http:", "https:", "data:", "*"])
def test_the_policy_allows_nothing_from_elsewhere_nor_inline(word):
    assert word not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
