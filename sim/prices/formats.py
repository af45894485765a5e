"""What a row of the table of formats says, and how a table is held against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sim.prices.series import Stamp
from sim.prices.tables import Table


class Kind(StrEnum):
    """What the rows of a table are."""

    BARS = "bars"  # one for each stretch of time
    SAMPLES = "samples"  # a price at a time of its own
    TICKS = "ticks"  # trades or quotes, any number at one time


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


# Names under which a column's part is found, by preference; written as `tables.key_of` writes them.
TIMES = (
    "unix unixtimestamp unixtime epoch timestamp timestampms timestamputc ts time timems timeutc"
    " datetime datetimeutc date dateutc index"
)
OPEN_TIMES = (
    "opentime opentimestamp starttime startat startedat start begin opendate candlebegintime"
    " periodstart"
)
CLOSE_TIMES = "closetime closetimestamp endtime endat end closedate periodend"
# Columns that say whose price a row is: more than one of their values is more than one price.
IDENTITIES = words(
    "exchange venue market pair symbol coin asset ticker contract instrument instrumentname"
    " instrumentid instid product productid base quote basecurrency quotecurrency baseasset"
    " quoteasset currency feed source tic name exchangename exchangeid marketid symbolid coinid"
    " assetid token tokenid currencypair tradingpair pairname contractcode slug crypto"
    " cryptocurrency expiry expiration maturity chain network"
)
SYMBOLS = words(
    "symbol pair ticker instrument instrumentname instrumentid instid product productid market"
    " contract coin asset tic currencypair tradingpair pairname contractcode symbolid"
)
BASES, QUOTES = (
    words("base basecurrency baseasset"),
    words("quote quotecurrency quoteasset currency"),
)
INTERVALS = words("interval timeframe resolution barsize")
FINALS = words("confirm closed isclosed isfinal final")  # whether a bar has ended

Roles = Mapping[str, tuple[str, ...]]


def roles(**names: str) -> dict[str, tuple[str, ...]]:
    """The names of each part's column, by preference."""
    return {role: words(each) for role, each in names.items()}


BAR_ROLES = roles(open="open", high="high", low="low", price="close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One row of the table: how a format is recognised and what its columns mean."""

    name: str
    told_by: str  # how it is recognised, in words
    columns: str  # what of it is read, in words
    unit: str = "unix time of any unit, or ISO"
    kind: Kind = Kind.BARS
    stamp: Stamp = Stamp.OPEN
    roles: Roles = field(default_factory=dict)
    needs: frozenset[str] = frozenset()  # columns that must be there
    any_of: frozenset[str] = frozenset()  # of which one must be
    lacks: frozenset[str] = frozenset()  # of which none may be
    one_of: tuple[str, ...] = ()  # of which no two may be
    widths: tuple[int, ...] = ()  # of a table without a header
    fits: Callable[[Sequence[str]], bool] | None = None  # its first row
    carriers: tuple[str, ...] = ("csv", "json", "columns")
    hint: str | None = None  # the envelope it comes in
    venue: str | None = None
    is_plain: bool = False  # counts only where no other row of the table matches
    power: int = 0  # prices are whole numbers of ten to this
    current_s: int = 0  # how long a sample stays current; 0: until the next is due
    by_coin: bool = False  # holds many coins by design: each is a series
    any_order: bool = False  # rows may come a little late
    refused: str = ""  # recognised, and no price for this reason

    @property
    def order(self) -> str:
        """What is allowed of the order of rows, in words."""
        return "any, put in order" if self.any_order else "oldest or newest first"

    def matches(self, table: Table) -> bool:
        """Whether a table has what this row of the table asks for."""
        if table.carrier not in self.carriers:
            return False
        if self.hint is not None and table.hints.format != self.hint:
            return False
        if self.widths:
            is_as_wide = table.names is None and table.width in self.widths
            return is_as_wide and (self.fits is None or self.fits(table.first))
        keys = set(table.keys)
        if sum(key in self.one_of for key in keys) > 1:
            return False
        some = not self.any_of or not keys.isdisjoint(self.any_of)
        return table.names is not None and self.needs <= keys and some and not keys & self.lacks

    def distance(self, table: Table) -> tuple[int, bool, bool]:
        """How far a table is from it: what is missing less what is there, the plain ones first."""
        there = len((self.needs | self.any_of) & set(table.keys))
        return len(self.missing(table)) - there, not self.is_plain, self.kind is not Kind.SAMPLES

    def missing(self, table: Table) -> list[str]:
        """What a table lacks of it."""
        keys = set(table.keys)
        lacking = sorted(self.needs - keys)
        if self.any_of and keys.isdisjoint(self.any_of):
            lacking.append(" or ".join(sorted(self.any_of)[:3]))
        return lacking
