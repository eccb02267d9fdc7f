"""Verify good tokens and refuse every kind of bad one."""

import random
from typing import Any

import pytest

from auth.keyring import secret_key_ring
from auth.tokens import (
    TIME_S_MAX,
    TOKEN_BYTES_MAX,
    Code,
    Identity,
    Reason,
    Refusal,
    Verifier,
    bearer_token,
    issue,
)
from tests.auth.tokens_by_hand import CLAIMS, NOW_S, SECRET, encoded, signed, token

VERIFIER = Verifier(
    keys=secret_key_ring(SECRET), algorithms=("HS256",), issuer="depthcast", audience="depthcast"
)
HEADER = {"alg": "HS256", "typ": "JWT"}
OTHER_SECRET = "another secret of more than thirty-two bytes"


def refusal_of(text: str, now_s: float = NOW_S) -> Refusal:
    refusal = VERIFIER.verify(text, now_s)
    assert isinstance(refusal, Refusal)
    return refusal


def with_claims_of(other: str, good: str) -> str:
    header, _, signature = good.split(".")
    return ".".join([header, other.split(".")[1], signature])


def issued(**changed: Any) -> str:
    arguments = {
        "account": "alice",
        "scopes": ["orders:read", "market:read"],
        "issuer": "depthcast",
        "audience": "depthcast",
        "now_s": NOW_S + 0.75,
        "ttl_s": 60,
    }
    return issue(SECRET, **{**arguments, **changed})


def test_an_issued_token_verifies_to_who_and_what_it_was_issued_for() -> None:
    identity = VERIFIER.verify(issued(), NOW_S + 0.75)
    assert identity == Identity("alice", frozenset({"market:read", "orders:read"}), NOW_S + 60)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ["elsewhere", "depthcast"]},
        {"sub": "A-z_0.9:" + "x" * 56},
        {"iat": NOW_S},
        {"iat": NOW_S - 0.5, "exp": NOW_S + 0.5},
        {"nbf": NOW_S},
        {"exp": TIME_S_MAX},
        {"scope": ""},
        {"scope": "openid market:read"},
        {"extra": {"any": ["thing"]}},
    ],
    ids=str,
)
def test_a_token_with_claims_within_the_rules_is_accepted(changed: dict[str, Any]) -> None:
    identity = VERIFIER.verify(token(**changed), NOW_S)
    expected = {**CLAIMS, **changed}
    assert isinstance(identity, Identity)
    assert identity.account == expected["sub"]
    assert identity.expires_at_s == expected["exp"]
    assert identity.scopes == set(expected["scope"].split())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.MALFORMED),
        ("x", Reason.MALFORMED),
        ("..", Reason.MALFORMED),
        ("a.b.c", Reason.MALFORMED),
        (token() + ".x", Reason.MALFORMED),
        (token() + "!", Reason.MALFORMED),
        (token() + "\u00e9", Reason.MALFORMED),
        (token() + "\ud800", Reason.MALFORMED),
        (token(padding="x" * TOKEN_BYTES_MAX), Reason.MALFORMED),
        (signed([], CLAIMS), Reason.MALFORMED),
        (signed(b"not json", CLAIMS), Reason.MALFORMED),
        (signed(b"[" * 5_000, CLAIMS), Reason.MALFORMED),
        (signed({**HEADER, "kid": 5}, CLAIMS), Reason.MALFORMED),
        (signed({**HEADER, "crit": ["exp"], "exp": 1}, CLAIMS), Reason.MALFORMED),
        (signed({"typ": "JWT"}, CLAIMS), Reason.ALGORITHM),
        (signed({"alg": "none"}, CLAIMS), Reason.ALGORITHM),
        (signed({"alg": "None"}, CLAIMS), Reason.ALGORITHM),
        (signed({"alg": "hs256"}, CLAIMS), Reason.ALGORITHM),
        (signed({"alg": "HS512"}, CLAIMS), Reason.ALGORITHM),
        (signed({"alg": "RS256"}, CLAIMS), Reason.ALGORITHM),
        (signed({"alg": ["HS256"]}, CLAIMS), Reason.ALGORITHM),
        (signed({"alg": {}}, CLAIMS), Reason.ALGORITHM),
        (f"{encoded({'alg': 'none'})}.{encoded(CLAIMS)}.", Reason.ALGORITHM),
        (f"{encoded(HEADER)}.{encoded(CLAIMS)}.", Reason.SIGNATURE),
        (with_claims_of(token(sub="bob"), token()), Reason.SIGNATURE),
        (token(secret=OTHER_SECRET), Reason.SIGNATURE),
        (signed(HEADER, b"not json"), Reason.SIGNATURE),
        (signed(HEADER, []), Reason.SIGNATURE),
        (signed(HEADER, b"[" * 3_000), Reason.SIGNATURE),
        (signed(HEADER, b'{"exp": 1%s}' % (b"0" * 5_000)), Reason.SIGNATURE),
        (signed({**HEADER, "b64": False, "crit": ["b64"]}, b""), Reason.SIGNATURE),
        (token(sub=...), Reason.CLAIM),
        (token(exp=...), Reason.CLAIM),
        (token(iat=...), Reason.CLAIM),
        (token(iss=...), Reason.CLAIM),
        (token(aud=...), Reason.CLAIM),
        (token(scope=...), Reason.CLAIM),
        (token(sub=""), Reason.CLAIM),
        (token(sub=7), Reason.CLAIM),
        (token(sub=None), Reason.CLAIM),
        (token(sub="alice\n"), Reason.CLAIM),
        (token(sub="al ice"), Reason.CLAIM),
        (token(sub="al/ice"), Reason.CLAIM),
        (token(sub="\u00e4lice"), Reason.CLAIM),
        (token(sub="x" * 65), Reason.CLAIM),
        (token(scope=None), Reason.CLAIM),
        (token(scope=["market:read"]), Reason.CLAIM),
        (token(iss=None), Reason.CLAIM),
        (token(exp="1700000060"), Reason.CLAIM),
        (token(exp=None), Reason.CLAIM),
        (token(exp=True), Reason.CLAIM),
        (token(exp=float("nan")), Reason.CLAIM),
        (token(exp=float("inf")), Reason.CLAIM),
        (token(exp=10**400), Reason.CLAIM),
        (token(exp=-1), Reason.CLAIM),
        (token(iat=float("nan")), Reason.CLAIM),
        (token(iat=False), Reason.CLAIM),
        (token(nbf=float("nan")), Reason.CLAIM),
        (token(nbf="now"), Reason.CLAIM),
        (token(iss="elsewhere"), Reason.ISSUER),
        (token(iss="Depthcast"), Reason.ISSUER),
        (token(iss="elsewhere", exp=NOW_S - 1), Reason.ISSUER),
        (token(aud="elsewhere"), Reason.AUDIENCE),
        (token(aud=None), Reason.AUDIENCE),
        (token(aud=[]), Reason.AUDIENCE),
        (token(aud=["elsewhere"]), Reason.AUDIENCE),
        (token(aud=["depthcast", 5]), Reason.AUDIENCE),
        (token(aud={"depthcast": 1}), Reason.AUDIENCE),
        (token(iat=NOW_S + 1), Reason.NOT_YET_VALID),
        (token(iat=NOW_S + 0.001), Reason.NOT_YET_VALID),
        (token(nbf=NOW_S + 1), Reason.NOT_YET_VALID),
    ],
)
def test_a_token_that_does_not_stand_is_unauthenticated(text: str, reason: Reason) -> None:
    refusal = refusal_of(text)
    assert (refusal.code, refusal.reason) == (Code.UNAUTHENTICATED, reason)
    assert "\n" not in refusal.detail and "alice" not in refusal.detail


@pytest.mark.parametrize("late_s", [0, 0.001, 1, 10**9])
def test_a_token_is_expired_from_its_exp_on_without_leeway(late_s: float) -> None:
    refusal = refusal_of(token(), NOW_S + 60 + late_s)
    assert (refusal.code, refusal.reason) == (Code.TOKEN_EXPIRED, Reason.EXPIRED)


def test_a_token_is_judged_by_the_clock_it_is_given_not_by_the_wall() -> None:
    long_past = token(iat=1_000, exp=2_000)
    assert isinstance(VERIFIER.verify(long_past, 1_999.999), Identity)
    assert refusal_of(long_past, 2_000).code is Code.TOKEN_EXPIRED
    assert refusal_of(long_past, 999).reason is Reason.NOT_YET_VALID


def test_no_change_of_one_character_verifies_or_raises_anything_else() -> None:
    seed = 20_260_301
    print(f"seed {seed}")
    chance = random.Random(seed)
    good = token()
    alphabet = "ABCxyz019-_.=\n\0 \u00e9"
    for _ in range(2_000):
        place = chance.randrange(len(good))
        changed = good[:place] + chance.choice(alphabet) + good[place + 1 :]
        if changed != good:
            assert refusal_of(changed).code is Code.UNAUTHENTICATED


@pytest.mark.parametrize(
    "changed",
    [
        {"account": ""},
        {"account": "al ice"},
        {"account": "x" * 65},
        {"account": "alice\n"},
        {"ttl_s": 0},
        {"ttl_s": -5},
        {"ttl_s": TIME_S_MAX},
    ],
    ids=str,
)
def test_a_token_that_would_not_verify_is_not_issued(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"account|time to live"):
        issued(**changed)


@pytest.mark.parametrize(
    "header", ["Bearer abc.d-e.f_", "bearer abc.d-e.f_", " BEARER  abc.d-e.f_ "]
)
def test_a_bearer_token_is_taken_from_its_header(header: str) -> None:
    assert bearer_token(header) == "abc.d-e.f_"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic YTpi", "abc.def.ghi"])
def test_a_header_without_a_bearer_token_is_unauthenticated(header: str) -> None:
    refusal = bearer_token(header)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.UNAUTHENTICATED
