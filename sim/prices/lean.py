"""LEAN files: day, venue, pair and resolution stand in the name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sim.prices.archive import Member
from sim.prices.errors import PriceFileError
from sim.prices.symbols import COINS, parse_pair

BAR_S = {"second": 1, "minute": 60, "hour": 3_600, "daily": 86_400}
_TREE = re.compile(
    r"(crypto(?:future)?)_([a-z0-9]+)_(second|minute|hour|daily)_([a-z0-9]+)_(?:\d{8}|trade|quote)"
)
_OTHER = re.compile(
    r"(?<![a-z])(equity|forex|option|future|index|indexoption|futureoption|cfd)_[a-z0-9]+_"
    r"(?:tick|second|minute|hour|daily)_"
)
_DATE = re.compile(r"(?<!\d)(\d{8})(?!\d)")
_INNER = re.compile(r"(?<!\d)\d{8}_([a-z0-9]+)_(second|minute)")
_EQUITY = "equities are in ten-thousandths and New York time; only crypto is allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeanName:
    """What a LEAN file's name says."""

    venue: str
    symbol: str | None
    midnight_s: int
    bar_s: int | None  # where no name says it the steps do


def lean_name(member: Member, *, is_quote: bool, has_day: bool, symbol: str | None) -> LeanName:
    """What the name says; refuses what is no crypto pair and, of minutes, what has no date."""
    whole = "_".join(member.path.parts).lower()
    inner = member.name.lower()
    other = _OTHER.search(whole)
    if other:
        raise PriceFileError(f"{member.label}: a LEAN file of type {other.group(1)}; {_EQUITY}")
    tree, named = (
        _TREE.search(whole),
        _INNER.search(inner) or _INNER.search(member.path.name.lower()),
    )
    venue = member.path.stem
    if tree:
        venue = tree.group(2) + ("-perp" if tree.group(1) == "cryptofuture" else "")
        venue += "-quote" if is_quote else ""
    found = symbol or (tree.group(4) if tree else named.group(1) if named else None)
    if found is None and not has_day:
        found = re.split(r"[._]", inner)[0]
    _need_crypto(member, found)
    resolution = tree.group(3) if tree else named.group(2) if named else _resolution(member)
    return LeanName(
        venue=venue,
        symbol=found.upper() if found else None,
        midnight_s=_midnight_s(member) if has_day else 0,
        bar_s=BAR_S.get(resolution),
    )


def _need_crypto(member: Member, symbol: str | None) -> None:
    pair = parse_pair(symbol) if symbol else None
    if pair is None or symbol is None or symbol.upper() in COINS:
        raise PriceFileError(
            f"{member.label}: a LEAN file that prices {symbol or 'nothing named'}, no pair of a "
            f"coin and a quote; {_EQUITY} (--symbol PAIR says that it is)"
        )


def _resolution(member: Member) -> str:
    words = f"{member.name}{member.path.name}".lower()
    return next((name for name in BAR_S if name in words), "")


def _midnight_s(member: Member) -> int:
    """Midnight UTC of the date in the name, inside the zip first."""
    for name in (member.name, member.path.name):
        found = _DATE.search(name)
        if found:
            try:
                day = datetime.strptime(found.group(1), "%Y%m%d").replace(tzinfo=UTC)
            except ValueError:
                continue
            return int(day.timestamp())
    raise PriceFileError(
        f"{member.path.name}: no date in the name {member.name!r}, "
        "a LEAN file needs YYYYMMDD in its name or its zip's"
    )
