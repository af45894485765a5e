# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Test dollar
@notice An ERC-20 with 6 decimals whose owner mints at will: the collateral of tests, simulations
        and local deployments.
@custom:units Amounts are raw, 6 decimals.
@custom:invariant The balances add up to the total supply.
"""

from snekmate.auth import ownable

initializes: ownable

from snekmate.tokens import erc20

initializes: erc20[ownable := ownable]

exports: (
    # What a collateral token needs
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
    # Its owner
    erc20.mint,
    ownable.owner,
)


@deploy
def __init__():
    ownable.__init__()
    erc20.__init__("Test dollar", "USD", 6, "Test dollar", "1")
