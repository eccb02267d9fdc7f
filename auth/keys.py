"""Where keys live: the generated secret under the data directory, and JWKS files and URLs.

Blocking; called before the event loop starts or from a helper thread. Never imports app,
engine or a web framework.
"""

import os
import secrets
import stat
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from typing import IO, Final

from auth.keyring import SECRET_BYTES_MAX, SECRET_BYTES_MIN

KEY_FILE_NAME: Final = "jwt.key"
GENERATED_SECRET_BYTES: Final = 32  # 256 bits of randomness, 43 characters of text
JWKS_BYTES_MAX: Final = 262_144  # 64 RSA keys with certificate chains have about 200,000
JWKS_TIMEOUT_S: Final = 5.0  # start-up waits this long for a key server, not longer
LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


class KeyFileError(Exception):
    """A key file or key set that cannot be used; the message is one line without key material."""


def load_or_create_secret(path: Path) -> str:
    """Return the secret in `path`, generating the file (mode 0600) if there is none.

    Several processes may race: all return the same secret. Raises KeyFileError.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeyFileError(f"{path.parent}: {error.strerror}, expected a directory") from error
    try:
        with suppress(FileNotFoundError):
            return _read_secret(path)
        _create_secret(path)
        return _read_secret(path)
    except OSError as error:
        raise KeyFileError(
            f"{path}: {error.strerror}, expected a file to read or create"
        ) from error


def read_jwks(source: str) -> str:
    """Return the text of a JWKS document from a file name or an https URL.

    Plain http is taken from loopback only, and redirects are refused: whoever can change the
    answer can sign tokens. Raises KeyFileError.
    """
    try:
        if "://" in source:
            return _fetch(source)
        with Path(source).open("rb") as file:
            return _bounded_text(file, source)
    except (OSError, HTTPException, ValueError) as error:
        raise KeyFileError(f"{source}: {_explained(error)}") from error


def _explained(error: Exception) -> str:
    """Return in one line why a key set could not be had."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"HTTP status {error.code}"
    if isinstance(error, urllib.error.URLError):
        return " ".join(str(error.reason).split())
    told = error.strerror if isinstance(error, OSError) else None
    return told or str(error) or type(error).__name__


def _read_secret(path: Path) -> str:
    """Read a key file that nobody but its owner may read; raises OSError, KeyFileError."""
    # Without O_NONBLOCK a pipe in the file's place would hold the start up for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check_private_file(path, os.fstat(descriptor).st_mode)
        content = os.read(descriptor, SECRET_BYTES_MAX + 2).strip()
    finally:
        os.close(descriptor)
    if not SECRET_BYTES_MIN <= len(content) <= SECRET_BYTES_MAX or not content.isascii():
        raise KeyFileError(
            f"{path}: not a key, expected {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} ASCII characters"
        )
    return content.decode("ascii")


def _check_private_file(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise KeyFileError(f"{path}: not a regular file")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(
            f"{path}: mode {stat.S_IMODE(mode):04o} lets others in,"
            f" expected 0600 (chmod 600 {path})"
        )


def _create_secret(path: Path) -> None:
    """Put a new secret at `path`, whole or not at all; the first of several processes wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(GENERATED_SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails where another process was first: its key stands.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    """Make a new name in `directory` survive a power loss."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Turns a redirect into an HTTPError."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        return None


def _fetch(url: str) -> str:
    """Fetch a JWKS document; one attempt within JWKS_TIMEOUT_S."""
    parts = urllib.parse.urlsplit(url)
    trusted = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    )
    if not trusted or parts.hostname is None:
        raise KeyFileError(f"{url}: not trusted, expected https, or http on loopback")
    opener = urllib.request.build_opener(_NoRedirects)
    with opener.open(url, timeout=JWKS_TIMEOUT_S) as answer:
        return _bounded_text(answer, url)


def _bounded_text(stream: IO[bytes], source: str) -> str:
    """Read at most JWKS_BYTES_MAX of UTF-8 text."""
    content = stream.read(JWKS_BYTES_MAX + 1)
    if len(content) > JWKS_BYTES_MAX:
        raise KeyFileError(f"{source}: larger than {JWKS_BYTES_MAX} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{source}: not UTF-8 text") from error
