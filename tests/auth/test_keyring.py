"""Make keys from secrets and key sets."""

import json
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.keyring import (
    JWKS_KEYS_MAX,
    PUBLIC_KEY_ALGORITHMS,
    KeyRingError,
    jwks_key_ring,
    secret_key_ring,
)
from auth.tokens import Code, Identity, Reason, Refusal, Verifier
from tests.auth.tokens_by_hand import (
    CLAIMS,
    NOW_S,
    SECRET,
    jwk,
    key_set,
    private_key,
    signed,
    signed_by_key,
)

KEYS = {algorithm: private_key(algorithm) for algorithm in PUBLIC_KEY_ALGORITHMS}


def row_name(value: str) -> str:
    """Name a row by its text, but not by a key: keys are new in every process."""
    return "key" if value.startswith(("{", "-----")) else value[:40]


@cache
def public_jwk(algorithm: str, kid: str | None = None) -> dict[str, Any]:
    more = {} if kid is None else {"kid": kid}
    return jwk(KEYS[algorithm].public_key(), algorithm, **more)


def verifier(text: str, *algorithms: str) -> Verifier:
    accepted = algorithms or PUBLIC_KEY_ALGORITHMS
    return Verifier(
        keys=jwks_key_ring(text, accepted),
        algorithms=accepted,
        issuer="depthcast",
        audience="depthcast",
    )


def is_alice(verified: Identity | Refusal) -> bool:
    return isinstance(verified, Identity) and verified.account == "alice"


def all_keys() -> str:
    return key_set(*(public_jwk(algorithm, algorithm) for algorithm in PUBLIC_KEY_ALGORITHMS))


@pytest.mark.parametrize("algorithm", PUBLIC_KEY_ALGORITHMS)
def test_a_token_is_verified_by_the_key_that_it_names(algorithm: str) -> None:
    text = signed_by_key(KEYS[algorithm], algorithm, kid=algorithm)
    assert is_alice(verifier(all_keys()).verify(text, NOW_S))


@pytest.mark.parametrize("algorithm", PUBLIC_KEY_ALGORITHMS)
def test_a_sole_key_verifies_tokens_that_name_none(algorithm: str) -> None:
    text = signed_by_key(KEYS[algorithm], algorithm)
    assert is_alice(verifier(key_set(public_jwk(algorithm))).verify(text, NOW_S))


def rsa_pem() -> str:
    public = KEYS["RS256"].public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (signed_by_key(KEYS["RS256"], "RS256", kid="unknown"), Reason.UNKNOWN_KEY),
        (signed_by_key(KEYS["RS256"], "RS256", kid=""), Reason.UNKNOWN_KEY),
        (signed_by_key(KEYS["RS256"], "RS256"), Reason.UNKNOWN_KEY),
        (signed_by_key(KEYS["RS256"], "RS256", kid="ES256"), Reason.ALGORITHM),
        (signed_by_key(KEYS["RS256"], "PS256", kid="RS256"), Reason.ALGORITHM),
        (signed_by_key(KEYS["RS256"], "RS512", kid="RS256"), Reason.ALGORITHM),
        (signed({"alg": "HS256", "kid": "RS256"}, CLAIMS, rsa_pem()), Reason.ALGORITHM),
        (signed({"alg": "RS256", "kid": "RS256"}, CLAIMS, rsa_pem()), Reason.SIGNATURE),
        (signed_by_key(private_key("RS256"), "RS256", kid="RS256"), Reason.SIGNATURE),
        (signed_by_key(private_key("EdDSA"), "EdDSA", kid="EdDSA"), Reason.SIGNATURE),
        (signed({"alg": "none", "kid": "RS256"}, CLAIMS), Reason.ALGORITHM),
    ],
)
def test_a_token_not_signed_by_the_key_that_it_names_is_refused(text: str, reason: Reason) -> None:
    refusal = verifier(all_keys()).verify(text, NOW_S)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.reason) == (Code.UNAUTHENTICATED, reason)


def test_a_token_of_an_algorithm_that_is_not_configured_is_refused() -> None:
    text = signed_by_key(KEYS["ES256"], "ES256", kid="ES256")
    refusal = verifier(all_keys(), "RS256").verify(text, NOW_S)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.ALGORITHM


@pytest.mark.parametrize(
    "stranger",
    [
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "new"},
        {"kty": "AKP", "kid": "new"},
        {"kty": "RSA", "alg": "none", "kid": "none"},
        {"kty": "RSA", "alg": ["RS256"], "kid": "list"},
        {"kty": ["RSA"], "kid": "list"},
        {"kty": "EC", "crv": "P-256", "x": 5, "y": "?", "kid": "broken"},
        {"kty": "EC", "kid": 5},
        {},
        {**public_jwk("ES256", "encryption"), "use": "enc"},
        {**public_jwk("RS256", "other"), "alg": "RS512"},
        {**public_jwk("ES256", "mismatch"), "alg": "RS256"},
        jwk(generate_private_key(65_537, 1_024).public_key(), "RS256", kid="weak"),
    ],
    ids=lambda member: str(member.get("kid")),
)
def test_keys_that_serve_no_token_of_ours_are_passed_over(stranger: dict[str, Any]) -> None:
    ring = jwks_key_ring(key_set(stranger, public_jwk("RS256", "ours")), PUBLIC_KEY_ALGORITHMS)
    assert list(ring.by_kid) == ["ours"]
    assert ring.sole is not None and ring.sole.key_id == "ours"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no list of keys"),
        ("{}", "no list of keys"),
        ('{"keys": {}}', "no list of keys"),
        ('{"keys": ["x"]}', "no list of keys"),
        ('{"keys": []}', "no usable key, expected one for RS256, ES256, EdDSA"),
        (key_set(*[{}] * (JWKS_KEYS_MAX + 1)), "65 keys, expected at most 64"),
        (key_set({"kty": "oct", "k": "c2VjcmV0"}), "a secret key in a key set"),
        (key_set(jwk(KEYS["ES256"], "ES256")), "a secret key in a key set"),
        (key_set(jwk(KEYS["RS256"], "RS256")), "a secret key in a key set"),
        (key_set(public_jwk("RS256"), public_jwk("ES256")), "keys without or with the same kid"),
        (
            key_set(public_jwk("RS256", "a"), public_jwk("ES256", "a")),
            "keys without or with the same kid",
        ),
        (key_set(public_jwk("RS256", "a"), public_jwk("ES256")), "keys without"),
    ],
    ids=row_name,
)
def test_a_key_set_that_must_not_be_used_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(KeyRingError, match=message) as caught:
        jwks_key_ring(text, PUBLIC_KEY_ALGORITHMS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ("", "a secret of 0 bytes, expected 32 to 1024 bytes"),
        ("x" * 31, "a secret of 31 bytes, expected 32 to 1024 bytes"),
        ("x" * 1_025, "a secret of 1025 bytes"),
        (rsa_pem(), "a public key, certificate or JWK"),
        (json.dumps(public_jwk("EdDSA")), "a public key, certificate or JWK"),
    ],
    ids=row_name,
)
def test_a_secret_that_must_not_be_used_is_refused(secret: str, message: str) -> None:
    with pytest.raises(KeyRingError, match=message):
        secret_key_ring(secret)


def test_secrets_are_measured_in_bytes() -> None:
    assert secret_key_ring("\u00e4" * 16).sole is not None
    with pytest.raises(KeyRingError):
        secret_key_ring("\u00e4" * 15)


def test_a_secret_verifies_tokens_whatever_key_they_name() -> None:
    ring = secret_key_ring(SECRET)
    assert ring.find(None) is ring.find("any") is ring.sole
