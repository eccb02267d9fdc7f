"""Ask the REST side of a whole server without sockets, and hold every answer to the specification.

The gateway, the store, the handlers and the readable engine are the real ones (tests/app/harness).
"""

import asyncio
import json
import re
from typing import Any, Final

import httpx
from jsonschema import Draft202012Validator
from starlette.applications import Starlette

from app.account_blocks import AccountBlocks
from app.api.routes import routes
from app.api.services import Services
from app.observe.metrics import Metrics
from auth.keyring import secret_key_ring
from auth.policy import Scope
from auth.tokens import Verifier, issue
from tests.app.harness import Harness

SECRET: Final = "0123456789abcdef0123456789abcdef"
ALL_SCOPES: Final = tuple(scope.value for scope in Scope)
TRADER_SCOPES: Final = ("market:read", "orders:read", "orders:write")


class Disconnects:
    """Be the feed's `disconnect`: remember what was closed; each account has two connections."""

    def __init__(self) -> None:
        self.closed: list[tuple[str, int]] = []

    def __call__(self, account: str, close_code: int) -> int:
        self.closed.append((account, int(close_code)))
        return 2


class Rest:
    """One server, asked as an account with scopes; `public` shows market data without a token."""

    def __init__(
        self,
        harness: Harness,
        static_directory: Any,
        *,
        public: bool = False,
        timeout_s: float = 60,
    ) -> None:
        self.harness = harness
        self.disconnects = Disconnects()
        self.readiness = "ready"
        self.metrics = Metrics()
        # As app/main.py wires it: the gateway counts, whichever door the order came through.
        self.metrics.rate_limited.read_from(
            lambda: {("orders",): float(harness.gateway.rate_limited)}
        )
        self.services = Services(
            market=harness.market,
            store=harness.store,
            accounts=harness.accounts,
            blocks=AccountBlocks(),
            gateway=harness.gateway,
            submit=harness.submit,
            verifier=Verifier(secret_key_ring(SECRET), ("HS256",), "depthcast", "depthcast"),
            metrics=self.metrics,
            public_market_data=public,
            now_ns=lambda: harness.clock_ns,
            readiness=lambda: self.readiness,
            disconnect=self.disconnects,
            static_directory=static_directory,
            answer_timeout_s=timeout_s,
        )
        self.app = Starlette(routes=routes(self.services))
        self.spec = json.loads(self._send("GET", "/openapi.json", {}).content)

    def token(self, account: str = "alice", scopes: tuple[str, ...] = ALL_SCOPES) -> str:
        """Return a token that is valid now."""
        return issue(
            SECRET,
            account=account,
            scopes=scopes,
            issuer="depthcast",
            audience="depthcast",
            now_s=self.harness.clock_ns / 1e9,
            ttl_s=3_600,
        )

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        account: str | None = "alice",
        scopes: tuple[str, ...] = ALL_SCOPES,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send one request; `body` is sent as JSON, `account` None sends no token."""
        sent = dict(headers or {})
        if account is not None:
            sent.setdefault("authorization", f"Bearer {self.token(account, scopes)}")
        more: dict[str, Any] = {"content": content} if body is None else {"json": body}
        response = self._send(method, path, sent, **more)
        self._check(method, path.partition("?")[0], response)
        return response

    def problem(self, method: str, path: str, body: Any = None, **options: Any) -> str:
        """Send a request that must be refused; return "status code"."""
        response = self.ask(method, path, body, **options)
        problem = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["status"] == response.status_code
        return f"{response.status_code} {problem['code']}"

    def order(self, **fields: Any) -> dict[str, Any]:
        """Enter an order that must be accepted: by default alice buys 1 ACME-USD at 100.00."""
        account = fields.pop("account", "alice")
        response = self.ask("POST", "/v1/orders", limit_order(**fields), account=account)
        assert response.status_code == 201, response.text
        return response.json()

    def _send(self, method: str, path: str, headers: dict[str, str], **more: Any) -> httpx.Response:
        return asyncio.run(self.send(method, path, headers, **more))

    async def send(
        self, method: str, path: str, headers: dict[str, str], **more: Any
    ) -> httpx.Response:
        """Send a request within the caller's own event loop."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, **more)

    def _check(self, method: str, path: str, response: httpx.Response) -> None:
        """Hold an answer to the specification."""
        described = self._operation("GET" if method == "HEAD" else method, path)
        if described is None:
            assert response.status_code in (404, 405), f"{method} {path} is not described"
            schema = "#/components/schemas/Problem"
        else:
            pointer, responses = described
            status = str(response.status_code)
            if status == "304":
                return
            assert status in responses, f"{method} {path}: {status} is not described"
            (content_type,) = responses[status]["content"]
            if content_type != "*/*":
                assert response.headers["content-type"].startswith(content_type)
            if "schema" not in responses[status]["content"][content_type]:
                return
            name = content_type.replace("/", "~1")
            schema = f"{pointer}/responses/{status}/content/{name}/schema"
        if method != "HEAD":
            Draft202012Validator({**self.spec, "$ref": schema}).validate(response.json())

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        for template, methods in self.spec["paths"].items():
            pattern = re.sub(r"\{path\}", ".*", template)
            pattern = re.sub(r"\{\w+\}", "[^/]+", pattern)
            if re.fullmatch(pattern, path):
                operation = methods.get(method.lower())
                if operation is None:
                    return None
                pointer = template.replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
                return f"#/paths/{pointer}/{method.lower()}", operation["responses"]
        return None


def limit_order(**fields: Any) -> dict[str, Any]:
    """Return a new order's body; a field given as None is left out."""
    defaults = {
        "symbol": "ACME-USD",
        "side": "buy",
        "type": "limit",
        "quantity": "1",
        "price": "100.00",
    }
    return {name: value for name, value in (defaults | fields).items() if value is not None}
