"""Addresses and accounts: who owns what, and the names that a run's own addresses come from."""

from __future__ import annotations

from hashlib import blake2b

OWNER_SHIFT = 96  # an account is its owner, and a bucket below that bit
CROSS = 0
DEFICIT = 2**OWNER_SHIFT - 1  # the pool's bucket where debts nobody can be charged with wait


def account_id(owner: str, bucket: int = CROSS) -> int:
    """The account of `owner` (0x address) in a bucket."""
    return int(owner, 16) << OWNER_SHIFT | bucket


def owner_address(name: str) -> str:
    """The address an agent acts from; depends on its name alone."""
    return "0x" + blake2b(f"owner/{name}".encode(), digest_size=20).hexdigest()


def reporter_address(feed: str) -> str:
    """The address that pushes a feed, the same in every market."""
    return owner_address(f"system/reporter/{feed}")


GUARDIAN, TREASURY = owner_address("system/guardian"), owner_address("system/treasury")
DEPLOYER, STAKER = owner_address("system/deployer"), owner_address("system/staker")
PROVIDER = owner_address("system/pool_provider")
