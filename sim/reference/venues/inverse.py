"""R05: contracts worth Q/P coins, with margin and profit in the coin (BitMEX, Bybit, Deribit)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sim.reference.venues.numbers import step_down, step_up


@dataclass(frozen=True, slots=True, kw_only=True)
class InversePosition:
    """Contracts of 1 quote each, signed (long > 0), with `margin_coin` behind them."""

    contracts: Fraction
    entry: Fraction
    margin_coin: Fraction = Fraction(0)

    def value_coin(self, price: Fraction) -> Fraction:
        """|Q|/P."""
        return abs(self.contracts) / price

    def profit_coin(self, price: Fraction) -> Fraction:
        """Q*(1/P_entry - 1/P) (BitMEX: perpetual contracts guide)."""
        return self.contracts * (1 / self.entry - 1 / price)

    def funding_coin(self, rate: Fraction, mark: Fraction) -> Fraction:
        """What is paid at a rate: Q/P*rate; longs pay a positive one."""
        return self.contracts / mark * rate


def maintenance_coin(position: InversePosition, rate: Fraction, deduction: Fraction) -> Fraction:
    """Maintenance of the entry value, in coins."""
    return position.value_coin(position.entry) * rate - deduction


def liquidation_price(position: InversePosition, maintenance: Fraction) -> Fraction:
    """Q/(Q/P_entry +/- (margin - MM)) for a long/short (Bybit: isolated margin mode)."""
    room = position.margin_coin - maintenance
    value = position.value_coin(position.entry)
    return abs(position.contracts) / (value + room if position.contracts > 0 else value - room)


def bankruptcy_price(position: InversePosition, fee: Fraction) -> Fraction:
    """Where margin, profit and the fee of closing there are nothing (Bybit: inverse contract)."""
    value, size = position.value_coin(position.entry), abs(position.contracts)
    if position.contracts > 0:
        return size * (1 + fee) / (value + position.margin_coin)
    return size * (1 - fee) / (value - position.margin_coin)


def cross_liquidation_price(
    position: InversePosition, rate: Fraction, fee: Fraction, tick: Fraction
) -> Fraction:
    """Where margin is down to maintenance and the fee of closing at bankruptcy.

    To the tick, towards liquidation: a long's up, a short's down (Bybit: liquidation price of an
    inverse contract in cross margin mode).
    """
    closing = fee * position.value_coin(bankruptcy_price(position, fee))
    price = liquidation_price(position, maintenance_coin(position, rate, Fraction(0)) + closing)
    return step_up(price, tick) if position.contracts > 0 else step_down(price, tick)
