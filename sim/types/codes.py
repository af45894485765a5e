"""Codes that contracts speak in: kinds, reasons, rungs, methods, states; each stated here once.

A test holds every value against the contract that says it.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class OrderKind(IntEnum):
    """How an order treats what it cannot fill at once; values as in the order book."""

    LIMIT = 0
    IOC = 1
    FOK = 2
    POST_ONLY = 3


class TriggerKind(IntEnum):
    """What a trigger is for; values as in the trigger venue."""

    STOP_LOSS = 0
    TAKE_PROFIT = 1
    TRAILING_STOP = 2


WHOLE_POSITION_WAD = 2**128 - 1


class Status(IntEnum):
    """State of an index; values as in contracts/modules/oracle_status.vy."""

    OK = 0
    THIN = 1
    DISPUTED = 2
    HALTED = 3
    STALE = 4
    DEAD = 5


class PositionChange(IntEnum):
    """How an account came to a new position; values as in the clearinghouse's PositionChanged."""

    TAKER = 0
    MAKER = 1
    FORCED = 2  # liquidated on the book
    SEIZED = 3  # by the insurance pool, which is the next
    SEIZED_BY_POOL = 4
    TAKEN_OVER = 5  # by a keeper, who is the next
    TAKEN_BY_KEEPER = 6
    DELEVERAGED = 7
    COUNTERPARTY = 8  # of a deleveraging, at the bankruptcy price of somebody else


class CashMove(IntEnum):
    """Why cash moved; values as in the clearinghouse's CashMoved."""

    DEPOSITED = 0
    WITHDRAWN = 1
    MOVED = 2
    PAID = 3
    PENALISED = 4
    SWEPT = 5
    SOCIALISED = 6
    TIPPED = 7  # into, or out of, the account of the venue of trigger orders
    WRITTEN_OFF = 8  # a debt nobody may be charged with, or repaid by the pool


class Rung(IntEnum):
    """The rung of the liquidation ladder that acted; values as the liquidator answers."""

    BOOK = 0
    TAKEOVER = 1
    BACKSTOP = 2
    NONE = 3  # no rung could act: the deleverager's turn
    SWEPT = 4  # none was tried: dead orders were cleared, and there are more


class TakeOutcome(IntEnum):
    """What a liquidation order met on the book; values as the book answers."""

    FILLED = 0
    NOTHING = 1
    UNFINISHED = 2  # more dead orders than one call clears, and nothing filled


class OrderEnd(IntEnum):
    """Why an order left the book unfilled; values as in the order book."""

    BY_OWNER = 0
    EXPIRED = 1
    SELF_TRADE = 2
    REFUSED = 3
    REPLACED = 4
    LIQUIDATION = 5
    NOTHING_TO_REDUCE = 6
    OPENING_STOPPED = 7


class TriggerEnd(IntEnum):
    """Why a trigger ended before it was done; values as in the trigger venue."""

    BY_OWNER = 0
    SIBLING_FILLED = 1
    TOO_SMALL = 2


class IndexMethod(IntEnum):
    """How the index is made; all but the first are unsafe, there to be beaten."""

    WEIGHTED_MEDIAN = 0
    SINGLE = 1
    MEAN = 2
    TRIMMED_MEAN = 3
    MEDIAN = 4
    EMA = 5


class MarkMethod(IntEnum):
    """How the mark is made; the last two are unsafe."""

    MEDIAN3 = 0
    INDEX = 1
    LAST_TRADE = 2
    BOOK_MID = 3


class AdlPolicy(IntEnum):
    """How counterparties of a deleveraging are chosen."""

    QUEUE = 0
    PRO_RATA = 1
    WATER_FILL = 2


class FundingPolicy(IntEnum):
    """What the funding rate follows: an interval's average premium, or the premium's push."""

    PREMIUM = 0
    VELOCITY = 1


class PoolMethod(IntEnum):
    """How a spot pool is read as a feed; the first is unsafe."""

    SPOT = 0
    ARITHMETIC = 1
    GEOMETRIC = 2


class Purpose(IntEnum):
    """What a health is asked for."""

    OPENING = 0
    WITHDRAWING = 1
    LIQUIDATING = 2
    MAINTAINING = 3


class Act(IntEnum):
    """What an oracle's status may stop; values are the bits of a pause."""

    OPEN = 0
    REDUCE = 1
    WITHDRAW = 2
    TRIGGER = 3
    LIQUIDATE = 4
    FUND = 5
    ADL = 6
