# pragma version 0.4.3
"""
@title Leaving the insurance pool
@notice Who means to leave asks, waits, and then has a day to be paid. Without an end a staker would
        keep a request ready and leave at the first sign of a loss, which the others would bear; so
        a request ends, and shares of one that was given up or ran out come back only after a
        pause, wherever they would go: rotating requests keeps a fourteenth of a stake ready, no
        more.
@custom:units Assets are raw collateral (6 decimals), shares have 18.
"""

from contracts.modules.math import fixed_point


event WithdrawRequested:
    owner: indexed(address)
    shares: uint256
    assets: uint256
    ready_at: uint256


event RequestCancelled:
    owner: indexed(address)
    shares: uint256
    held_until: uint256


struct Request:
    shares: uint256  # set aside, not yet paid
    assets: uint256  # what they were worth when asked
    ready_at: uint256


struct Held:
    shares: uint256  # of requests that ended unpaid
    until: uint256


COOLDOWN_S: constant(uint256) = 3 * 86_400
WINDOW_S: constant(uint256) = 86_400  # how long a request that has cooled down is good for
PAUSE_S: constant(uint256) = 10 * 86_400

requests: public(HashMap[address, Request])
held: public(HashMap[address, Held])


@internal
def _open(owner: address, shares: uint256, assets: uint256):
    assert self.requests[owner].shares == 0, "pool: a request is open"
    ready_at: uint256 = block.timestamp + COOLDOWN_S
    self.requests[owner] = Request(shares=shares, assets=assets, ready_at=ready_at)
    log WithdrawRequested(owner=owner, shares=shares, assets=assets, ready_at=ready_at)


@internal
def _cancel(owner: address):
    """
    @dev The pause runs from when the request was given up, or from its end if that was earlier.
    """
    request: Request = self.requests[owner]
    assert request.shares > 0, "pool: nothing requested"
    held: Held = self.held[owner]
    held.shares += request.shares
    held.until = max(held.until, min(block.timestamp, request.ready_at + WINDOW_S) + PAUSE_S)
    self.held[owner] = held
    self.requests[owner] = empty(Request)
    log RequestCancelled(owner=owner, shares=request.shares, held_until=held.until)


@internal
def _release(owner: address) -> uint256:
    """
    @dev Shares whose pause is over.
    """
    held: Held = self.held[owner]
    if held.shares == 0 or block.timestamp < held.until:
        return 0
    self.held[owner] = empty(Held)
    return held.shares


@internal
@view
def _is_ready(request: Request) -> bool:
    return (
        request.shares > 0
        and block.timestamp >= request.ready_at
        and block.timestamp <= request.ready_at + WINDOW_S
    )


@internal
@view
def _ready(owner: address) -> Request:
    request: Request = self.requests[owner]
    assert request.shares > 0, "pool: nothing requested"
    assert block.timestamp >= request.ready_at, "pool: cooling down"
    assert self._is_ready(request), "pool: request has expired"
    return request


@internal
def _pay(owner: address, request: Request, shares: uint256):
    """
    @dev Take `shares` off a request. What is left is worth its part, up, which is a cap only.
    """
    assert shares <= request.shares, "pool: more than requested"
    left: uint256 = request.shares - shares
    if left == 0:
        self.requests[owner] = empty(Request)
        return
    self.requests[owner] = Request(
        shares=left,
        assets=request.assets - self._capped_down(request, shares),
        ready_at=request.ready_at,
    )


@internal
@pure
def _capped_down(request: Request, shares: uint256) -> uint256:
    """
    @dev What `shares` of a request were worth when it was made.
    """
    return fixed_point._mul_div_down(request.assets, shares, request.shares)


@internal
@pure
def _capped_shares_up(request: Request, assets: uint256) -> uint256:
    """
    @dev Shares of a request that were worth `assets` when it was made; more than it has where it
         was never worth that.
    """
    if request.assets < assets:
        return max_value(uint256)
    return fixed_point._mul_div_up(assets, request.shares, request.assets) if assets > 0 else 0
