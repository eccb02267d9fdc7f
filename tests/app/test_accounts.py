"""Account names and numbers."""

import pytest

from app.accounts import SYSTEM_ACCOUNT, Accounts
from engine.commands import AddAccount
from engine.limits import ACCOUNTS_MAX


def test_numbers_count_from_one_and_stay() -> None:
    accounts = Accounts()
    assert [accounts.ensure(name) for name in ("a", "b", "a")] == [1, 2, 1]
    assert accounts.number("b") == 2
    assert accounts.name(2) == "b"


def test_an_account_that_never_did_anything_has_no_number() -> None:
    accounts = Accounts()
    assert accounts.number("a") is None
    with pytest.raises(KeyError):
        accounts.name(1)


def test_the_registration_is_asked_for_until_it_was_sent() -> None:
    accounts = Accounts()
    number = accounts.ensure("a")
    assert number is not None
    assert accounts.registration(number) == AddAccount(account=1, name="a")
    assert accounts.registration(number) is not None
    accounts.sent(number)
    assert accounts.registration(number) is None


def test_an_earlier_run_teaches_its_numbers() -> None:
    accounts = Accounts()
    accounts.added(7, "old")
    assert accounts.number("old") == 7
    assert accounts.registration(7) is None
    assert accounts.ensure("new") == 8


def test_an_event_confirms_what_was_sent() -> None:
    accounts = Accounts()
    accounts.ensure("a")
    accounts.added(1, "a")
    assert accounts.registration(1) is None
    assert accounts.name(1) == "a"


def test_an_account_without_a_name_has_a_number_only() -> None:
    accounts = Accounts()
    accounts.added(3, "")
    assert accounts.name(3) == accounts.name(SYSTEM_ACCOUNT) == ""
    assert accounts.number("") is None


def test_there_is_an_end_of_numbers() -> None:
    accounts = Accounts()
    accounts.added(ACCOUNTS_MAX - 2, "last but one")
    assert accounts.ensure("last") == ACCOUNTS_MAX - 1
    assert accounts.ensure("one too many") is None
    assert accounts.ensure("last") == ACCOUNTS_MAX - 1
