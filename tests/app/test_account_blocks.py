"""Who is kept out."""

from app.account_blocks import AccountBlocks


def test_a_blocked_account_is_refused_until_it_is_unblocked():
    blocks = AccountBlocks()
    assert blocks.refusal("alice") is None
    blocks.block("alice")
    assert blocks.refusal("alice").code == "account_blocked"
    assert blocks.refusal("bob") is None
    blocks.unblock("alice")
    assert blocks.refusal("alice") is None


def test_blocking_and_unblocking_twice_is_harmless():
    blocks = AccountBlocks()
    blocks.block("alice")
    blocks.block("alice")
    blocks.unblock("alice")
    blocks.unblock("alice")
    assert blocks.refusal("alice") is None
