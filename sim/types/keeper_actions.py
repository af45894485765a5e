"""What keepers, stakers and holders of leveraged tokens ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Take up to `size_wad` (unsigned) of a failing position into an account of one's own."""

    account: int
    market: str
    size_wad: int
    receiver: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleverage:
    """Close a failing position against the other side, which is ranked when its turn comes.

    At its bankruptcy price; `at_mark` closes what that left over in the same block, if anything.
    """

    account: int
    market: str
    at_mark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialiseLoss:
    """Spread what a deleveraged account without positions owes over its last market."""

    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Put the insurance pool's cash behind its position in a market."""

    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwind:
    """Bring a clip of the insurance pool's position back to the book."""

    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDeposit:
    """Stake collateral (6 decimals) from the owner's wallet in the insurance pool."""

    amount_raw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRequestRedeem:
    """Ask to leave the insurance pool with shares; a new request replaces the old one."""

    shares_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRedeem:
    """Take out a request whose cool-down has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MintToken:
    """Bring collateral (6 decimals) from the owner's wallet into a leveraged token."""

    token: str
    amount_raw: int
    min_tokens_wad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemToken:
    """Turn leveraged tokens into collateral in the owner's wallet."""

    token: str
    tokens_wad: int
    min_raw: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceToken:
    """Trade a chunk of a leveraged token back to its target."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripcord:
    """Trade a larger chunk of a token whose leverage is beyond its outer band."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RealiseToken:
    """Turn a chunk of a leveraged token's unrealised profit into cash."""

    token: str
