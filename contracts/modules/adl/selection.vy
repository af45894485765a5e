# pragma version 0.4.3
"""
@title Who a failing position is closed against
@notice The terms of a round of deleveraging, counterparties as they stand, their order, and whether
        those named are all who matter. What a round has found out so far comes in and goes out; the
        importer keeps it.
@custom:units Sizes base, values quote, 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules.adl import adl_rank
from contracts.modules.adl import adl_share
from contracts.modules.margin import bankruptcy
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point


# A round, good as long as positions are counted as they were at `counted_at`.
struct Round:
    number: uint256  # of all rounds over several calls
    counted_at: uint256
    block_number: uint256  # that price and mark are of
    lot_wad: uint256
    size_wad: int256  # the failing position when the round was opened
    price_wad: uint256
    mark_wad: uint256
    adverse_wad: uint256  # how much worse than mark the price is for a counterparty
    budget_wad: uint256  # size to close
    at_mark: bool
    counted_wad: uint256  # what those enlisted held when positions were counted
    enlisted: uint256
    last_enlisted: uint256  # the account
    ranked: uint256
    last_key_wad: int256
    last_account: uint256
    chunks: uint256
    next_chunk: uint256  # the next one to take
    taken_wad: uint256
    tally: adl_share.Tally


MAX_CHUNK: constant(uint256) = 32  # candidates in one call: 200,000 gas each that holds one market
MAY_MISS_BPS: constant(uint256) = 100  # of the open interest that was counted

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)


@deploy
def __init__(clearinghouse: address, params: address):
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)


@internal
@view
def _check_failing(account: uint256, market: uint256):
    """
    @dev It may have been topped up since the liquidator looked.
    """
    allowed: bool = False
    judged: IClearinghouse.Health = empty(IClearinghouse.Health)
    allowed, judged = staticcall _CLEARINGHOUSE.liquidation_health(account, market)
    backstop_wad: uint256 = (staticcall _PARAMS.risk(market)).backstop_wad
    assert allowed and judged.equity_wad < convert(
        fixed_point._mul_wad_up(judged.maintenance_wad, backstop_wad), int256
    ), "deleverager: account is not failing"


@internal
@view
def _terms(market: uint256, size_wad: int256, mark_wad: uint256, policy: uint256) -> Round:
    """
    @dev A round that closes all of a position at mark.
    """
    r: Round = empty(Round)
    r.block_number = block.number
    r.lot_wad = (staticcall _PARAMS.grid(market)).lot_wad
    r.size_wad = size_wad
    r.budget_wad = convert(abs(size_wad), uint256)
    r.mark_wad = mark_wad
    r.price_wad = mark_wad
    r.last_key_wad = max_value(int256)
    r.tally.policy = policy
    r.tally.lot_wad = r.lot_wad
    r.tally.budget_wad = r.budget_wad
    return r


@internal
@view
def _at_bankruptcy(terms: Round, market: uint256, health: IClearinghouse.Health) -> Round:
    """
    @dev The same at the bankruptcy price of an account of such health.
    """
    r: Round = terms
    leg_wad: uint256 = risk._maintenance_up(
        fixed_point._mul_wad_up(r.budget_wad, r.mark_wad), staticcall _PARAMS.risk(market)
    )
    step_wad: uint256 = bankruptcy._step(staticcall _PARAMS.grid(market))
    r.price_wad = bankruptcy._price(r.size_wad, r.mark_wad, health, leg_wad, step_wad)
    if r.size_wad > 0:
        r.adverse_wad = r.price_wad - min(r.price_wad, r.mark_wad)
    else:
        r.adverse_wad = r.mark_wad - min(r.price_wad, r.mark_wad)
    return r


@internal
@view
def _at_mark(terms: Round, market: uint256, unplaced_wad: uint256) -> Round:
    """
    @dev The same for what a round at the bankruptcy price could not place. Rounded against the
         failing account, so that a bankrupt on the other side loses nothing by it.
    """
    r: Round = terms
    r.at_mark = True
    r.budget_wad = min(r.budget_wad, unplaced_wad)
    r.tally.budget_wad = r.budget_wad
    step_wad: uint256 = bankruptcy._step(staticcall _PARAMS.grid(market))
    r.price_wad = r.mark_wad // step_wad * step_wad
    if r.size_wad < 0:
        r.price_wad = fixed_point._mul_div_up(r.mark_wad, 1, step_wad) * step_wad
    return r


@internal
@view
def _enlist(
    opened: Round, market: uint256, accounts: DynArray[uint256, MAX_CHUNK]
) -> (Round, DynArray[adl_rank.Candidate, MAX_CHUNK]):
    """
    @dev Counterparties as they stand, whatever they do next. The importer sees to it that nobody is
         in it twice.
    """
    r: Round = opened
    found: DynArray[adl_rank.Candidate, MAX_CHUNK] = []
    assert len(accounts) > 0, "deleverager: nobody named"
    for account: uint256 in accounts:
        found.append(self._candidate(r, account, market))
        size_wad: int256 = 0
        open_interest_wad: uint256 = 0
        size_wad, open_interest_wad = staticcall _CLEARINGHOUSE.round_start(account, market)
        r.counted_wad += self._opposite(r, size_wad)
    r.enlisted += len(accounts)
    return r, found


@internal
@pure
def _rank(opened: Round, candidates: DynArray[adl_rank.Candidate, MAX_CHUNK]) -> Round:
    r: Round = opened
    before: adl_rank.Candidate = empty(adl_rank.Candidate)
    before.key_wad = r.last_key_wad
    before.account = r.last_account
    for c: adl_rank.Candidate in candidates:
        # Strictly: nobody can be ranked twice.
        assert adl_rank._ranks_before(before, c), "deleverager: out of order or twice"
        r.tally = adl_share._count(r.tally, c)
        before = c
    r.ranked += len(candidates)
    r.last_key_wad = before.key_wad
    r.last_account = before.account
    return r


@internal
@pure
def _sorted(
    found: DynArray[adl_rank.Candidate, MAX_CHUNK]
) -> DynArray[adl_rank.Candidate, MAX_CHUNK]:
    """
    @dev By insertion: who comes nearly in order costs nearly nothing.
    """
    queue: DynArray[adl_rank.Candidate, MAX_CHUNK] = []
    for c: adl_rank.Candidate in found:
        queue.append(c)
        place: uint256 = len(queue) - 1
        for _: uint256 in range(MAX_CHUNK):
            if place == 0 or adl_rank._ranks_before(queue[place - 1], c):
                break
            queue[place] = queue[place - 1]
            place -= 1
        queue[place] = c
    return queue


@internal
@view
def _candidate(r: Round, account: uint256, market: uint256) -> adl_rank.Candidate:
    """
    @dev A counterparty as it stands now. Not on the other side: it can give up nothing.
    """
    c: adl_rank.Candidate = empty(adl_rank.Candidate)
    c.account = account
    c.key_wad = adl_rank.LAST
    position: IClearinghouse.Position = staticcall _CLEARINGHOUSE.position(account, market)
    if position.size_wad == 0 or (position.size_wad > 0) == (r.size_wad > 0):
        return c
    size_wad: uint256 = convert(abs(position.size_wad), uint256)
    c.equity_wad = (staticcall _CLEARINGHOUSE.health(account)).equity_wad
    position.quote_wad = adl_rank._ranking_quote(
        position.size_wad,
        position.quote_wad,
        staticcall _CLEARINGHOUSE.best_entry(account, market),
    )
    c.profit_wad = (
        risk._profit_down(position, r.mark_wad)
        - staticcall _CLEARINGHOUSE.funding_owed(account, market)
    )
    c.able_wad = adl_rank._able_down(size_wad, c.equity_wad, r.adverse_wad, r.lot_wad)
    c.key_wad = adl_rank._key_down(r.tally.policy, c, size_wad, position.quote_wad, r.mark_wad)
    return c


@internal
@pure
def _opposite(r: Round, size_wad: int256) -> uint256:
    return convert(max(-size_wad if r.size_wad > 0 else size_wad, 0), uint256)


@internal
@view
def _left(r: Round, account: uint256, market: uint256) -> uint256:
    """
    @dev What of the failing position may still be closed: nothing once the account is healthy,
         which one in several margin tiers can be before all of it is gone.
    """
    allowed: bool = False
    health: IClearinghouse.Health = empty(IClearinghouse.Health)
    allowed, health = staticcall _CLEARINGHOUSE.liquidation_health(account, market)
    if not allowed or health.equity_wad >= convert(health.maintenance_wad, int256):
        return 0
    size_wad: int256 = staticcall _CLEARINGHOUSE.size_of(account, market)
    return convert(max(size_wad if r.size_wad > 0 else -size_wad, 0), uint256)


@internal
@view
def _holds_position(account: uint256) -> bool:
    active: uint256 = staticcall _CLEARINGHOUSE.active_markets(account)
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if (active >> market) & 1 == 1 and staticcall _CLEARINGHOUSE.size_of(account, market) != 0:
            return True
    return False


@internal
@view
def _check_complete(r: Round, market: uint256, at_once: DynArray[adl_rank.Candidate, MAX_CHUNK]):
    """
    @dev Those named held all of the open interest that was counted, but for a share that cannot
         matter; or hold all of what there is now, where all of them were looked at in this call.
         Over calls that would not do: what changes hands between two of them counts twice.
    """
    assert r.ranked == r.enlisted, "deleverager: not all who were enlisted are ranked"
    size_wad: int256 = 0
    interest_wad: uint256 = 0
    size_wad, interest_wad = staticcall _CLEARINGHOUSE.round_start(0, market)
    complete: bool = self._is_most(r.counted_wad, interest_wad)
    if not complete:
        held_wad: uint256 = 0
        for c: adl_rank.Candidate in at_once:
            held_wad += self._opposite(r, staticcall _CLEARINGHOUSE.size_of(c.account, market))
        interest_wad, size_wad = staticcall _CLEARINGHOUSE.market_totals(market)
        complete = len(at_once) > 0 and self._is_most(held_wad, interest_wad)
    assert complete, "deleverager: not all counterparties are named"


@internal
@pure
def _is_most(named_wad: uint256, interest_wad: uint256) -> bool:
    missing_wad: uint256 = interest_wad - min(interest_wad, named_wad)
    return missing_wad * limits.BPS <= interest_wad * MAY_MISS_BPS
