# pragma version 0.4.3
"""
@title What may be done in each state of the oracle
@notice The one table of status x action. `contracts/README.md` prints the same table.
@custom:units None: small integer codes.
"""


# Status of an index.
OK: constant(uint256) = 0  # quorum of agreeing live sources
THIN: constant(uint256) = 1  # quorum, but fewer than three sources survive the outlier rule
DISPUTED: constant(uint256) = 2  # more than a third of the live weight disagrees with the rest
HALTED: constant(uint256) = 3  # breaker: the last step was too large, cooling down
STALE: constant(uint256) = 4  # quorum lost: last good index, for at most 300 s
DEAD: constant(uint256) = 5  # quorum lost for longer

# Actions judged against a status. Deposits and top-ups are not in the table: always allowed.
OPEN: constant(uint256) = 0
REDUCE: constant(uint256) = 1
WITHDRAW: constant(uint256) = 2
TRIGGER: constant(uint256) = 3
LIQUIDATE: constant(uint256) = 4
FUND: constant(uint256) = 5
DELEVERAGE: constant(uint256) = 6

# How an action is allowed.
NO: constant(uint256) = 0
YES: constant(uint256) = 1
EDGE: constant(uint256) = 2  # valued at the worse edge of I +- conf
KIND: constant(uint256) = 3  # valued at the kindest price still believed
LATER: constant(uint256) = 4  # not before the cool-down has passed

# One row a status, one octal digit an action, OPEN in the lowest digit:
#                              ADL FUND LIQUIDATE TRIGGER WITHDRAW REDUCE OPEN
_ROW_OK: constant(uint256) = 0o1_1_1_1_1_1_1
_ROW_THIN: constant(uint256) = 0o1_0_1_1_2_1_2
_ROW_DISPUTED: constant(uint256) = 0o3_0_3_0_0_1_0
_ROW_HALTED: constant(uint256) = 0o4_0_4_0_0_1_0
_ROW_STALE: constant(uint256) = 0o3_0_3_0_0_1_0
_ROW_DEAD: constant(uint256) = 0o0_0_0_0_0_0_0
_ROW_BITS: constant(uint256) = 3 * 7
_TABLE: constant(uint256) = (
    _ROW_OK
    | _ROW_THIN << _ROW_BITS
    | _ROW_DISPUTED << 2 * _ROW_BITS
    | _ROW_HALTED << 3 * _ROW_BITS
    | _ROW_STALE << 4 * _ROW_BITS
    | _ROW_DEAD << 5 * _ROW_BITS
)


@internal
@pure
def _is_good(status: uint256) -> bool:
    """
    @dev Whether the index is new: in every other status it is doubtful, or the last good one.
    """
    return status == OK or status == THIN


@internal
@pure
def _mode(status: uint256, action: uint256) -> uint256:
    """
    @dev NO beyond the table.
    """
    return (_TABLE >> (_ROW_BITS * status + 3 * action)) & 7
