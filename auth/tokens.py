"""Issue and verify tokens (PROTOCOL.md, authentication): pinned algorithms, all claims required.

Sans-I/O: the clock is an argument. Never imports app, engine or a web framework.

    token ──► size, form ──► key by kid ──► signature ──► claims ──► clock ──► Identity
                  └──────────────┴─────────────┴────────────┴──────────┴─────► Refusal
"""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import jwt
from jwt.exceptions import PyJWTError
from jwt.types import Options

from auth.keyring import KeyRing, secret_key

ACCOUNT_PATTERN: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Ours have about 300 bytes, an RS256 provider's with extra claims some 2,000.
TOKEN_BYTES_MAX: Final = 8_192
# The last second of the year 9999: what lies beyond is a mistake, and overflows timers.
TIME_S_MAX: Final = 253_402_300_799

REQUIRED_CLAIMS: Final = ("sub", "exp", "iat", "iss", "aud", "scope")

# PyJWT checks the signature alone: its claim checks read the wall clock, ours takes an argument.
_SIGNATURE_ONLY: Final[Options] = {
    "verify_signature": True,
    "enforce_minimum_key_length": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class Code(StrEnum):
    """What a refused client is told (PROTOCOL.md, error codes)."""

    UNAUTHENTICATED = "unauthenticated"
    TOKEN_EXPIRED = "token_expired"
    FORBIDDEN = "forbidden"


class Reason(StrEnum):
    """Why a token or an action was refused: a closed set, fit for a metric's label."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    CLAIM = "claim"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    NO_TOKEN = "no_token"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused token or action; `detail` is fixed text that never repeats the token."""

    code: Code
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a verified token speaks for, what it grants, and when it ends (seconds, Unix epoch)."""

    account: str
    scopes: frozenset[str]
    expires_at_s: float


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies tokens against one key ring; immutable, usable from any thread.

    A `Reason.UNKNOWN_KEY` tells the shell that a key set fetched from a URL may be out of date;
    it then makes a new verifier around the new ring.
    """

    keys: KeyRing
    algorithms: tuple[str, ...]
    issuer: str
    audience: str

    def verify(self, token: str, now_s: float) -> Identity | Refusal:
        """Return who `token` speaks for at `now_s` (seconds, Unix epoch), or why it is refused.

        Leeway is 0: valid from `iat` on, until just before `exp`. Never raises for a bad token.
        """
        claims = self._signed_claims(token)
        if isinstance(claims, Refusal):
            return claims
        refusal = self._claims_refusal(claims) or _time_refusal(claims, now_s)
        if refusal is not None:
            return refusal
        scopes = frozenset(claims["scope"].split())
        return Identity(account=claims["sub"], scopes=scopes, expires_at_s=claims["exp"])

    def _signed_claims(self, token: str) -> dict[str, Any] | Refusal:
        """Return the claims once the signature stands, with the algorithm of the key alone."""
        if len(token) > TOKEN_BYTES_MAX or not token.isascii():
            return _unauthenticated(Reason.MALFORMED, "the token is not a JWT")
        try:
            header = jwt.get_unverified_header(token)
        except PyJWTError:
            return _unauthenticated(Reason.MALFORMED, "the token is not a JWT")
        if header.get("alg") not in self.algorithms:
            return _unauthenticated(Reason.ALGORITHM, "the token's algorithm is not accepted")
        key = self.keys.find(header.get("kid"))
        if key is None:
            return _unauthenticated(Reason.UNKNOWN_KEY, "the token's key is not known")
        if header["alg"] != key.algorithm_name:
            return _unauthenticated(Reason.ALGORITHM, "the token's algorithm is not its key's")
        try:
            return jwt.decode(token, key, algorithms=[key.algorithm_name], options=_SIGNATURE_ONLY)
        except PyJWTError:
            return _unauthenticated(Reason.SIGNATURE, "the token's signature is not valid")

    def _claims_refusal(self, claims: dict[str, Any]) -> Refusal | None:
        """Check all that does not depend on the time."""
        for name in REQUIRED_CLAIMS:
            if name not in claims:
                return _unauthenticated(Reason.CLAIM, f"the token has no {name} claim")
        for name in ("sub", "iss", "scope"):
            if not isinstance(claims[name], str):
                return _unauthenticated(Reason.CLAIM, f"the token's {name} is not a string")
        if claims["iss"] != self.issuer:
            return _unauthenticated(Reason.ISSUER, "the token is from another issuer")
        if not _names_audience(claims["aud"], self.audience):
            return _unauthenticated(Reason.AUDIENCE, "the token is for another audience")
        if ACCOUNT_PATTERN.fullmatch(claims["sub"]) is None:
            return _unauthenticated(Reason.CLAIM, "the token's sub is not an account name")
        return None


def bearer_token(header: str) -> str | Refusal:
    """Return the token of an `Authorization` header's value (RFC 6750 §2.1)."""
    scheme, _, token = header.strip(" ").partition(" ")
    if scheme.lower() != "bearer" or not token.strip(" "):
        return _unauthenticated(Reason.MALFORMED, "the Authorization header is not Bearer")
    return token.strip(" ")


def issue(
    secret: str,
    *,
    account: str,
    scopes: Collection[str],
    issuer: str,
    audience: str,
    now_s: float,
    ttl_s: int,
) -> str:
    """Return an HS256 token that is valid from the whole second of `now_s` for `ttl_s` seconds.

    Raises KeyRingError for a weak secret and ValueError for a bad account or time to live.
    """
    if ACCOUNT_PATTERN.fullmatch(account) is None:
        raise ValueError("an account is 1 to 64 of A-Z a-z 0-9 . _ : -")
    issued_at_s = math.floor(now_s)
    if ttl_s < 1 or issued_at_s + ttl_s > TIME_S_MAX:
        raise ValueError("a time to live is at least a second and ends before the year 10000")
    claims = {
        "sub": account,
        "iat": issued_at_s,
        "exp": issued_at_s + ttl_s,
        "iss": issuer,
        "aud": audience,
        "scope": " ".join(sorted(scopes)),
    }
    return jwt.encode(claims, secret_key(secret), algorithm="HS256")


def _time_refusal(claims: dict[str, Any], now_s: float) -> Refusal | None:
    """Check `iat`, `nbf` where given, and last `exp`: only a token else good is told so."""
    for name in ("iat", "nbf", "exp"):
        if name in claims and not _is_time_s(claims[name]):
            return _unauthenticated(Reason.CLAIM, f"the token's {name} is not a time in seconds")
    if now_s < claims["iat"] or now_s < claims.get("nbf", claims["iat"]):
        return _unauthenticated(Reason.NOT_YET_VALID, "the token is not valid yet")
    if now_s >= claims["exp"]:
        return Refusal(Code.TOKEN_EXPIRED, Reason.EXPIRED, "the token has expired")
    return None


def _is_time_s(value: object) -> bool:
    """Tell whether `value` is a NumericDate; NaN, which JSON parsers let in, is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= TIME_S_MAX


def _names_audience(claim: object, audience: str) -> bool:
    """Tell whether `aud`, one string or a list of them (RFC 7519 §4.1.3), names us."""
    if isinstance(claim, list):
        return all(isinstance(name, str) for name in claim) and audience in claim
    return claim == audience


def _unauthenticated(reason: Reason, detail: str) -> Refusal:
    return Refusal(Code.UNAUTHENTICATED, reason, detail)
