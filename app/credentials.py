"""Get the keys that the settings name.

Role: the thin shell between settings and auth; every failure is one line for the operator.
Blocking: called before the event loop starts. Never imports the web framework or the engine.
"""

from app.options import shown
from app.settings import Settings, SettingsError
from auth.keyring import KeyRing, KeyRingError, jwks_key_ring, secret_key_ring
from auth.keys import KEY_FILE_NAME, KeyFileError, load_or_create_secret, read_jwks
from auth.tokens import Verifier


def load_verifier(settings: Settings) -> Verifier:
    """Return the verifier of this server's tokens; raises SettingsError."""
    return Verifier(
        keys=_key_ring(settings),
        algorithms=settings.jwt_algorithms,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )


def load_secret(settings: Settings) -> str:
    """Return the secret that signs tokens, generated on first use; raises SettingsError."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret
    try:
        return load_or_create_secret(settings.data_dir / KEY_FILE_NAME)
    except KeyFileError as error:
        raise SettingsError(f"--data-dir {shown(str(settings.data_dir))}: {error}") from error


def _key_ring(settings: Settings) -> KeyRing:
    try:
        if settings.jwks is None:
            return secret_key_ring(load_secret(settings))
        return jwks_key_ring(read_jwks(settings.jwks), settings.jwt_algorithms)
    except KeyFileError as error:
        raise SettingsError(f"--jwks {error}") from error
    except KeyRingError as error:
        name = f"--jwks {settings.jwks}" if settings.jwks is not None else "--jwt-secret"
        raise SettingsError(f"{name}: {error}") from error
