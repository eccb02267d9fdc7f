"""Number the accounts: names outside, small integers inside.

Role: the registry that the gateway asks for a number and the handlers for a name. A number is
given once and never reused; the journal's `AccountAdded` events teach it what an earlier run gave.
Loop thread. Sans-I/O: never imports asyncio, sockets or clocks.
"""

from engine.commands import AddAccount
from engine.limits import ACCOUNTS_MAX

SYSTEM_ACCOUNT = 0
"""The account of the server's own commands; it has no name and owns no orders."""


class Accounts:
    """Map account names to numbers and back; every operation is O(1)."""

    def __init__(self) -> None:
        """Start with nobody but the system."""
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {SYSTEM_ACCOUNT: ""}
        self._unsent: set[int] = set()
        self._next_number = SYSTEM_ACCOUNT + 1

    def number(self, name: str) -> int | None:
        """Return the number of `name`, None for an account that was never used."""
        return self._numbers.get(name)

    def name(self, number: int) -> str:
        """Return the name of `number`; raises KeyError for a number that was never given."""
        return self._names[number]

    def ensure(self, name: str) -> int | None:
        """Return the number of `name`, a new one if need be; None when all numbers are given."""
        number = self._numbers.get(name)
        if number is None and self._next_number < ACCOUNTS_MAX:
            number = self._next_number
            self._learn(number, name)
            self._unsent.add(number)
        return number

    def registration(self, number: int) -> AddAccount | None:
        """Return the command that must go before the first one of this account, once.

        None when it was sent already. Whoever submits it says so by `sent`.
        """
        if number not in self._unsent:
            return None
        return AddAccount(account=number, name=self._names[number])

    def sent(self, number: int) -> None:
        """Note that the registration is on its way: no later command can overtake it."""
        self._unsent.discard(number)

    def added(self, number: int, name: str) -> None:
        """Fold an `AccountAdded` event; one without a name was registered by its first use."""
        if number not in self._names:
            self._learn(number, name)
        self._unsent.discard(number)

    def _learn(self, number: int, name: str) -> None:
        self._names[number] = name
        if name:
            self._numbers[name] = number
        self._next_number = max(self._next_number, number + 1)
