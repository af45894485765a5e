"""Words of the protocol: accounts, kinds, states; values as on the chain."""

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
