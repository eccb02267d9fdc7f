"""Who asks: tokens, scopes, and the memory of tokens."""

import pytest

from app.api import authentication
from app.api.authentication import Authenticator
from app.errors import Refusal
from app.observe.metrics import Metrics
from auth.keyring import secret_key_ring
from auth.tokens import Verifier, issue

SECRET = "0123456789abcdef0123456789abcdef"
NOW_S = 1_700_000_000.0


class CountingVerifier(Verifier):
    """Verify as ever, and count how often."""

    calls = 0

    def verify(self, token, now_s):
        type(self).calls += 1
        return super().verify(token, now_s)


@pytest.fixture
def verifier():
    CountingVerifier.calls = 0
    return CountingVerifier(secret_key_ring(SECRET), ("HS256",), "depthcast", "depthcast")


def authenticator(verifier, *, public=False):
    return Authenticator(verifier, Metrics(), public_market_data=public)


def bearer(account="alice", scopes=("orders:write",), ttl_s=60, secret=SECRET):
    token = issue(
        secret,
        account=account,
        scopes=scopes,
        issuer="depthcast",
        audience="depthcast",
        now_s=NOW_S,
        ttl_s=ttl_s,
    )
    return b"Bearer " + token.encode()


def test_a_good_token_says_who_asks_and_is_verified_once(verifier):
    door, header = authenticator(verifier), bearer()
    for _ in range(3):
        assert door.admit("order.new", header, NOW_S).account == "alice"
    assert verifier.calls == 1


def test_a_remembered_token_still_expires(verifier):
    door, header = authenticator(verifier), bearer(ttl_s=60)
    assert door.admit("order.new", header, NOW_S + 59.9).account == "alice"
    assert door.admit("order.new", header, NOW_S + 60).code == "token_expired"


def test_a_remembered_token_still_lacks_a_scope(verifier):
    door, header = authenticator(verifier), bearer(scopes=("orders:read",))
    assert door.admit("order.list", header, NOW_S).account == "alice"
    assert door.admit("order.new", header, NOW_S).code == "forbidden"


def test_memory_is_bounded(verifier, monkeypatch):
    monkeypatch.setattr(authentication, "TOKENS_CACHED_MAX", 2)
    door = authenticator(verifier)
    headers = [bearer(account) for account in ("a", "b", "c")]
    for header in headers:
        door.admit("order.new", header, NOW_S)
    door.admit("order.new", headers[2], NOW_S)
    assert verifier.calls == 3
    door.admit("order.new", headers[0], NOW_S)
    assert verifier.calls == 4


@pytest.mark.parametrize(
    ("header", "code", "reason"),
    [
        (None, "unauthenticated", "no_token"),
        (b"", "unauthenticated", "malformed"),
        (b"Bearer", "unauthenticated", "malformed"),
        (b"Basic YWxpY2U6eA==", "unauthenticated", "malformed"),
        (b"Bearer x.y.z", "unauthenticated", "malformed"),
        (b"Bearer \xff", "unauthenticated", "malformed"),
        (bearer(secret="f" * 32), "unauthenticated", "signature"),
        (bearer(ttl_s=1), "token_expired", "expired"),
        (bearer(scopes=("orders:read",)), "forbidden", "scope"),
    ],
)
def test_a_bad_token_is_refused_and_counted(verifier, header, code, reason):
    metrics = Metrics()
    door = Authenticator(verifier, metrics, public_market_data=True)
    refusal = door.admit("order.new", header, NOW_S + 1)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert metrics.auth_failures.read() == {(reason,): 1}


@pytest.mark.parametrize(
    ("action", "public", "is_open"),
    [
        (None, False, True),
        ("instruments", False, True),
        ("depth", False, False),
        ("depth", True, True),
        ("trades", True, True),
        ("order.new", True, False),
        ("admin", True, False),
    ],
)
def test_market_data_is_open_when_the_server_says_so(verifier, action, public, is_open):
    assert authenticator(verifier, public=public).is_open(action) is is_open
