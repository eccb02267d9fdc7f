"""The keys a token may be signed with: one shared secret, or a set of public keys (JWKS).

Pure: text in, key ring out. Never imports app, engine or a web framework, never opens a file.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jwt import PyJWK
from jwt.exceptions import PyJWTError

SECRET_ALGORITHMS: Final = ("HS256",)
PUBLIC_KEY_ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
ALGORITHMS: Final = SECRET_ALGORITHMS + PUBLIC_KEY_ALGORITHMS

# RFC 7518 §3.2: an HMAC key is at least as long as the hash it feeds.
SECRET_BYTES_MIN: Final = 32
# Longer than any useful secret; bounds what is read from a key file.
SECRET_BYTES_MAX: Final = 1_024
# Identity providers publish a handful; the bound keeps a wrong file from being taken for a set.
JWKS_KEYS_MAX: Final = 64


class KeyRingError(ValueError):
    """A secret or a key set that must not be used; the message is one line without key material."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys by their `kid`; each key carries the one algorithm it verifies.

    `sole` answers tokens that name no key: it is the only key, or None where there are several.
    """

    by_kid: Mapping[str, PyJWK]
    sole: PyJWK | None

    def find(self, kid: str | None) -> PyJWK | None:
        """Return the key for `kid`, or None if this ring does not know it; O(1)."""
        if kid is None or not self.by_kid:
            return self.sole
        return self.by_kid.get(kid)


def secret_key_ring(secret: str) -> KeyRing:
    """Make a ring of one HS256 secret; raises KeyRingError if it is short or not a secret."""
    return KeyRing(by_kid={}, sole=secret_key(secret))


def secret_key(secret: str) -> PyJWK:
    """Make the HS256 key of `secret`, both to sign and to verify; raises KeyRingError."""
    secret_bytes = secret.encode("utf-8", "surrogateescape")
    if not SECRET_BYTES_MIN <= len(secret_bytes) <= SECRET_BYTES_MAX:
        raise KeyRingError(
            f"a secret of {len(secret_bytes)} bytes,"
            f" expected {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes"
        )
    encoded = urlsafe_b64encode(secret_bytes).rstrip(b"=").decode("ascii")
    key = PyJWK({"kty": "oct", "k": encoded}, algorithm="HS256")
    try:
        # Refuses a public key given as a secret: whoever knows it could then sign tokens.
        key.Algorithm.prepare_key(secret_bytes)
    except PyJWTError as error:
        raise KeyRingError("a public key, certificate or JWK, expected a shared secret") from error
    return key


def jwks_key_ring(text: str, algorithms: Sequence[str]) -> KeyRing:
    """Make a ring of the keys in a JWKS document that serve one of `algorithms`.

    Keys of other uses, types and algorithms are passed over (RFC 7517 §5), as is a weak one.
    Raises KeyRingError if none is left, if a key is secret, or if several keys cannot be told
    apart by `kid`.
    """
    keys = [_public_key(member, algorithms) for member in _members(text)]
    usable = [key for key in keys if key is not None]
    if not usable:
        raise KeyRingError(f"no usable key, expected one for {', '.join(algorithms)}")
    by_kid = {key.key_id: key for key in usable if key.key_id is not None}
    if len(usable) > 1 and len(by_kid) != len(usable):
        raise KeyRingError("keys without or with the same kid, expected a different kid for each")
    return KeyRing(by_kid=by_kid, sole=usable[0] if len(usable) == 1 else None)


def _members(text: str) -> list[dict[str, Any]]:
    """Parse the JWKS document down to its key objects."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeyRingError("not JSON, expected a JWKS document") from error
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise KeyRingError('no list of keys, expected {"keys": [...]}')
    if len(members) > JWKS_KEYS_MAX:
        raise KeyRingError(f"{len(members)} keys, expected at most {JWKS_KEYS_MAX}")
    return members


def _public_key(member: dict[str, Any], algorithms: Sequence[str]) -> PyJWK | None:
    """Build one key of a set, or None for a key that verifies no token of ours."""
    if member.get("kty") == "oct" or "d" in member:
        raise KeyRingError("a secret key in a key set, expected public keys only")
    declared = member.get("alg")
    if member.get("use", "sig") != "sig" or (declared is not None and declared not in algorithms):
        return None
    kid = member.get("kid")
    if kid is not None and not isinstance(kid, str):
        return None
    try:
        key = PyJWK(member)
    except PyJWTError:
        return None
    is_weak = key.Algorithm.check_key_length(key.key) is not None
    return None if is_weak or key.algorithm_name not in algorithms else key
