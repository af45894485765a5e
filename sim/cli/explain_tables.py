"""An explanation as tables for a person, and whole as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any

import click

from sim.audit.explain import Explanation
from sim.audit.opinion import LegOpinion, Opinion
from sim.audit.picture import Leg, Picture
from sim.audit.verdict import clock, money, who_got_what
from sim.cli.tables import Column, number, print_table
from sim.types.codes import PositionChange
from sim.units import to_float

SHOWN = 12
TIMELINE = (
    Column("block", "block", number(0)),
    Column("time", "UTC"),
    Column("health", "E/MM", number(4)),
    *(Column(key, key, number(2)) for key in ("equity", "maintenance", "cash")),
    Column("sizes", "positions"),
    Column("marks", "marks"),
)
EVENTS = (
    Column("block", "block", number(0)),
    Column("tx", "tx", number(0)),
    Column("what", "what"),
    Column("detail", "detail"),
)
TERMS = (Column("term", "term"), Column("contract", "contract"), Column("reference", "reference"))
FEEDS = (
    Column("name", "feed"),
    Column("price", "price", number(2)),
    Column("conf", "+-", number(2)),
    Column("age", "age", number(0, " s")),
    Column("weight", "weight", number(0)),
    Column("heard", "heard"),
)
_QUIET = ("MarketPoked",)


def show(found: Explanation) -> None:
    """Print it: the verdict first, then what it rests on."""
    click.echo(f"{found.agent}: {found.verdict}\n")
    last = found.picture.block if found.picture else found.timeline[-1].block
    near = [one for one in found.timeline if one.block <= last + 2][-SHOWN:]
    print_table("at the end of each block", [_moment(one) for one in near], TIMELINE)
    told = [one for one in found.told if one.event not in _QUIET]
    rows = sorted([*map(_told, told), *map(_attempt, found.attempts)], key=_order)
    close = [row for row in rows if _order(row)[0] <= last + 2][-2 * SHOWN :]
    print_table(f"what happened to it, {len(close)} of {len(rows)}", close, EVENTS)
    if found.picture is None or found.opinion is None:
        return
    picture = found.picture
    click.echo(f"\nblock {picture.block} at {clock(picture.time_s)}, {picture.moment}:")
    for leg, own in zip(picture.legs, found.opinion.legs, strict=True):
        _show_leg(leg, own)
    print_table("the account", _account_terms(picture, found.opinion), TERMS)
    for line in found.rungs:
        click.echo(line)
    for who, wad in who_got_what(found.decided) if found.decided else ():
        click.echo(f"  {who}: {money(wad)}")
    click.echo(
        "contract and reference agree to the wei"
        if not found.disagreements
        else "\n".join(f"DIFFERENT: {one}" for one in found.disagreements)
    )


def _show_leg(leg: Leg, own: LegOpinion) -> None:
    index, mark = leg.index, leg.mark
    feeds = [
        {
            "name": one.name,
            "price": to_float(one.price_wad),
            "conf": to_float(one.conf_wad),
            "age": one.age_s,
            "weight": one.weight,
            "heard": one.unheard or "yes",
        }
        for one in index.feeds
    ]
    print_table(f"{leg.market}: feeds", feeds, FEEDS)
    click.echo(
        f"index {money(index.price_wad)} +- {money(index.conf_wad)}, {index.status.name}, by "
        f"{index.method}; liquidations {'allowed' if leg.allowed else 'not allowed now'}"
    )
    legs = ", ".join(f"{name} {money(wad)}" for name, wad in mark.candidates_wad)
    click.echo(f"mark {money(mark.mark_wad)}, {mark.chosen}, by {mark.method} of: {legs}")
    print_table(f"{leg.market}: term by term", list(_leg_terms(leg, own)), TERMS)


def _leg_terms(leg: Leg, own: LegOpinion) -> Iterable[dict[str, object]]:
    position, price = leg.position, leg.price
    value_wad = position.size_wad * price.mark_wad // 10**18
    dust = own.value - value_wad
    yield _term("size, base", exact(position.size_wad))
    yield _term("entry balance q", exact(position.quote_wad))
    yield _term(f"+ size x mark, down by {dust.limit_denominator(1000)} wei", exact(value_wad))
    moved_wad = price.funding_index_wad - position.funding_index_wad
    yield _term("funding index since settled", exact(moved_wad))
    yield _term("- funding and losses owed, up", exact(leg.owed_wad))
    yield _term("= part of equity", "", exact(own.health.equity_wad))
    yield _term("notional, up", exact(leg.lens.notional_wad), exact(own.health.notional_wad))
    for one in own.brackets:
        rate = to_float(one.rate_wad)
        yield _term(f"tier from {money(one.lower_wad)} at {rate:.2%}", "", exact(int(one.need)))
    yield _term(
        "= maintenance, up", exact(leg.lens.maintenance_wad), exact(own.health.maintenance_wad)
    )
    prices = (leg.lens.liquidation_price_wad, own.liquidation_price_wad)
    yield _term("liquidation price", *map(exact, prices))
    yield _term("bankruptcy price", exact(leg.lens.bankruptcy_price_wad))
    yield _term("size a liquidation asks for", exact(leg.asked[0]), exact(own.wanted_wad))
    yield _term("worst price it may take", exact(leg.asked[1]), exact(own.limit_wad))
    yield _term("takeover price", exact(leg.takeover_wad), exact(own.takeover_wad))


def _account_terms(picture: Picture, own: Opinion) -> list[dict[str, object]]:
    pairs = (
        ("cash", picture.cash_wad, picture.cash_wad),
        ("equity at mark", picture.health.equity_wad, own.health.equity_wad),
        ("maintenance at mark", picture.health.maintenance_wad, own.health.maintenance_wad),
        ("equity as judged", picture.judged.equity_wad, own.judged.equity_wad),
        ("maintenance as judged", picture.judged.maintenance_wad, own.judged.maintenance_wad),
    )
    rows = [_term(name, exact(a), exact(b)) for name, a, b in pairs]
    answers = [str(one).lower() for one in (picture.liquidatable, own.liquidatable)]
    return [*rows, _term("liquidatable", *answers)]


def exact(wad: int) -> str:
    """All 18 decimals."""
    sign, digits = "-" if wad < 0 else "", f"{abs(wad):019d}"
    return f"{sign}{int(digits[:-18]):,}.{digits[-18:]}"


def _term(name: str, contract: str, reference: str = "") -> dict[str, object]:
    return {"term": name, "contract": contract, "reference": reference}


def _moment(one: Any) -> dict[str, object]:
    return {
        "block": one.block,
        "time": clock(one.time_s),
        "health": one.equity_wad / one.maintenance_wad if one.maintenance_wad else None,
        "equity": to_float(one.equity_wad),
        "maintenance": to_float(one.maintenance_wad),
        "cash": to_float(one.cash_wad),
        "sizes": " ".join(f"{to_float(wad):+,.4f} {name}" for name, wad in one.sizes_wad.items()),
        "marks": " ".join(money(wad) for wad in one.marks_wad.values()),
    }


def _told(one: Any) -> dict[str, object]:
    shown = {k: v for k, v in one.values.items() if k not in ("account", "market", "actor")}
    words = [_word(one.event, key, value) for key, value in shown.items()]
    what = f"{one.event} {one.instance}".strip()
    return {"block": one.block, "tx": one.tx, "what": what, "detail": " ".join(words)[:150]}


def _word(event: str, key: str, value: Any) -> str:
    if event == "PositionChanged" and key == "kind":
        return PositionChange(value).name.lower()
    if key.endswith("_wad") and isinstance(value, int):
        return f"{key.removesuffix('_wad')}={to_float(value):,.4f}"
    return f"{key}={value}" if len(str(value)) < 20 else f"{key}={str(value)[:8]}.."


def _attempt(one: Any) -> dict[str, object]:
    what = f"{one.function} by {one.agent}"
    detail = "went through" if one.ok else f"refused: {one.error}"
    return {"block": one.block, "tx": one.tx, "what": what, "detail": detail}


def _order(row: Mapping[str, Any]) -> tuple[int, int]:
    return row["block"], row["tx"]


def as_json(value: Any) -> Any:
    """Anything of an explanation as JSON; whole numbers beyond 2**53 as text."""
    if isinstance(value, bool | str | None):
        return value
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    names = getattr(value, "_fields", None) or getattr(value, "__struct_fields__", None)
    if names:
        return {name: as_json(getattr(value, name)) for name in names}
    return [as_json(one) for one in value]
