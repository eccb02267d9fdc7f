"""Serve the browser's pages from memory, under a strict content security policy.

Role: the files of `static/`, read once at start: no request reaches the file system, so none can
leave the directory. Blocking only in `load_pages`, which runs before the event loop serves.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.api.call import Answer, ApiRequest, Call, Content, Handler
from app.api.services import Services
from app.errors import refuse

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served; a file of another kind in the directory is not."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)

PAGE_HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    # Kept, but asked for again each time: an upgraded server never meets an old page's modules.
    (b"cache-control", b"no-cache"),
)

Pages = Mapping[str, Content]
"""Every file by its path below the directory, with "/" between the parts."""


def load_pages(directory: Path) -> Pages:
    """Read all files that may be served; raises OSError."""
    pages = {}
    for path in sorted(directory.rglob("*")):
        content_type = CONTENT_TYPES.get(path.suffix)
        if content_type is not None and path.is_file():
            pages[path.relative_to(directory).as_posix()] = _content(path, content_type)
    return pages


def page_calls(pages: Pages) -> tuple[Call, ...]:
    """Return the calls that serve the pages."""
    return (
        _page_call("/", _one(pages, "index.html"), "The trading terminal"),
        _page_call("/docs", _one(pages, "docs.html"), "The documentation of this API"),
        _page_call("/static/{path:path}", _any(pages), "A file of the pages", "*/*"),
    )


def _page_call(path: str, handler: Handler, summary: str, content_type: str = "text/html") -> Call:
    return Call(
        method="GET",
        path=path,
        handler=handler,
        summary=summary,
        tag="pages",
        content_type=content_type,
        codes=("not_found",),
    )


def _content(path: Path, content_type: str) -> Content:
    body = path.read_bytes()
    etag = f'"{sha256(body).hexdigest()[:32]}"'.encode()
    return Content(body, content_type, headers=(*PAGE_HEADERS, (b"etag", etag)))


def _one(pages: Pages, name: str) -> Handler:
    def handle(_services: Services, request: ApiRequest) -> Answer:
        return _serve(pages, name, request)

    return handle


def _any(pages: Pages) -> Handler:
    def handle(_services: Services, request: ApiRequest) -> Answer:
        return _serve(pages, request.path["path"], request)

    return handle


def _serve(pages: Pages, name: str, request: ApiRequest) -> Answer:
    content = pages.get(name)
    if content is None:
        return refuse("not_found", "there is no such file")
    etag = content.headers[-1][1]
    if etag in request.header(b"if-none-match", b"").replace(b" ", b"").split(b","):
        return Content(b"", content.content_type, 304, content.headers)
    return content
