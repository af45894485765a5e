# pragma version 0.4.3
"""
@title An owner that answers to nothing
@notice A contract that owns accounts: it does what its maker says and reverts on every call that
        anybody else makes to it, whatever it carries.
"""

_MAKER: immutable(address)


@deploy
def __init__():
    _MAKER = msg.sender


@external
def act(target: address, data: Bytes[4096]):
    """
    @notice Call a contract as this owner. Only the maker.
    """
    assert msg.sender == _MAKER, "owner: not today"
    raw_call(target, data)


@external
@payable
def __default__():
    raise "owner: not today"
