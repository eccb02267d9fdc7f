"""Make tokens and key sets of every kind, also those that a library refuses to make."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    generate_private_key as generate_rsa_private_key,
)
from jwt.algorithms import get_default_algorithms

SECRET = "a shared secret of more than thirty-two bytes"
NOW_S = 1_700_000_000
CLAIMS: dict[str, Any] = {
    "sub": "alice",
    "iat": NOW_S - 60,
    "exp": NOW_S + 60,
    "iss": "depthcast",
    "aud": "depthcast",
    "scope": "market:read orders:read",
}


def encoded(part: Any) -> str:
    """Encode one part of a token: bytes as they are, anything else as JSON."""
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: Any, claims: Any, secret: str = SECRET) -> str:
    """Sign any header and claims with HMAC-SHA256, whatever the header says."""
    signed_part = f"{encoded(header)}.{encoded(claims)}"
    digest = hmac.new(secret.encode(), signed_part.encode(), hashlib.sha256).digest()
    return f"{signed_part}.{encoded(digest)}"


def token(secret: str = SECRET, **changed: Any) -> str:
    """Sign the usual claims with some changed; `...` leaves one out."""
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not ...}
    return signed({"alg": "HS256", "typ": "JWT"}, claims, secret)


def private_key(algorithm: str) -> Any:
    """Generate a key pair for `algorithm`."""
    if algorithm == "RS256":
        return generate_rsa_private_key(public_exponent=65_537, key_size=2_048)
    return (
        generate_private_key(SECP256R1()) if algorithm == "ES256" else Ed25519PrivateKey.generate()
    )


def jwk(key: Any, algorithm: str, **more: Any) -> dict[str, Any]:
    """Return the JWK of a key, public or private; `...` leaves a member out."""
    member = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    member = {**member, "alg": algorithm, "use": "sig", **more}
    return {name: value for name, value in member.items() if value is not ... and name != "key_ops"}


def key_set(*members: Mapping[str, Any]) -> str:
    """Return a JWKS document."""
    return json.dumps({"keys": members})


def signed_by_key(key: Any, algorithm: str, **header: Any) -> str:
    """Sign the usual claims with a private key."""
    return jwt.encode(CLAIMS, key, algorithm=algorithm, headers=header or None)
