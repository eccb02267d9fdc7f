"""Know which accounts an administrator has blocked.

Role: asked by REST for every request and by the feed for every connection. Loop thread. Sans-I/O.
"""

from app.errors import Refusal, refuse


class AccountBlocks:
    """Hold the names of the blocked accounts; every operation is O(1)."""

    def __init__(self) -> None:
        """Start with nobody blocked."""
        self._blocked: set[str] = set()

    def block(self, account: str) -> None:
        """Refuse everything this account asks from here on."""
        self._blocked.add(account)

    def unblock(self, account: str) -> None:
        """Let the account in again; one that isn't blocked stays so."""
        self._blocked.discard(account)

    def refusal(self, account: str) -> Refusal | None:
        """Return what a blocked account is told, None for any other."""
        if account not in self._blocked:
            return None
        return refuse("account_blocked", "the account is blocked by an administrator")
