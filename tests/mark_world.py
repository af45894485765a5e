"""One market's clock on a chain of its own, with an index, a book and margins set by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sim.reference.funding import FundingTerms
from sim.reference.mark import Book, MarkTerms, Method
from sim.types import Status
from sim.units import WAD, wad
from tests.support.contracts import address_of, bare_driver, put

OWNER = address_of("owner")
KEEPER = "0x" + "22" * 20
NOBODY = "0x" + "00" * 20
MARKET = 1
START_S = 1_700_000_000 // 28_800 * 28_800  # an interval begins
EIGHT_HOURS_S = 28_800

# The first tiers of a market of 100x.
LOWER = (0, wad(1_000_000), wad(5_000_000), wad(20_000_000))
MMR = (wad("0.005"), wad("0.01"), wad("0.025"), wad("0.05"))
IMR = (wad("0.01"), wad("0.02"), wad("0.05"), wad("0.1"))

KAPPA_WAD = 6 * WAD
TERMS = MarkTerms(
    method=Method.MEDIAN3,
    band_wad=wad("0.0024"),
    funding=FundingTerms(
        interval_s=EIGHT_HOURS_S,
        max_gap_s=300,
        interest_wad=wad("0.0001"),
        damper_wad=wad("0.0005"),
        cap_wad=wad("0.03"),  # kappa * (imr - mmr)
    ),
)


class MarkWorld:
    """A mark price with everything it reads; blocks are opened one by one."""

    def __init__(self, method: Method = Method.MEDIAN3) -> None:
        self.terms = terms = replace(TERMS, method=method)
        self.driver = bare_driver(start_s=START_S)
        self.aggregator = put(self.driver, "ScriptedAggregator")
        self.params = put(self.driver, "ScriptedParams")
        self.book = put(self.driver, "ScriptedBook")
        self.external = put(self.driver, "ScriptedFeed")
        peers = (self.aggregator.address, self.params.address)
        self.mark = put(self.driver, "MarkPrice", *peers)
        self.params.send("set_margins", MARKET, self.book.address, LOWER, MMR, IMR)
        funding = terms.funding
        self.mark.send(
            "add_market",
            MARKET,
            (terms.method, wad(50_000), terms.band_wad, self.external.address, 60),
            (
                funding.interval_s,
                funding.max_gap_s,
                funding.interest_wad,
                funding.damper_wad,
                KAPPA_WAD,
                funding.cap_wad,
            ),
        )
        self.sealed()

    @property
    def now(self) -> int:
        """Time of the open block."""
        return self.driver.now_s

    def sealed(self) -> list[Any]:
        """Close what was submitted: nothing may have reverted; the mark's events."""
        receipts = self.driver.execute(())
        assert [each.error for each in receipts if not each.ok] == []
        logs = [log for each in receipts for log in each.logs if log.address == self.mark.address]
        return self.driver.decoder.decode(self.driver.number, logs)

    def open_block(self, elapsed_s: int) -> None:
        self.driver.open_block(elapsed_s)

    def set_index(
        self,
        price_wad: int,
        status: Status = Status.OK,
        believed_wad: tuple[int, int] | None = None,
    ) -> None:
        low_wad, high_wad = believed_wad or (price_wad, price_wad)
        price = (price_wad, 0, low_wad, high_wad, int(status), self.now, 0)
        self.aggregator.send("set_index", MARKET, price)

    def set_book(self, book: Book) -> None:
        self.book.send(
            "set_top",
            (
                book.best_bid_wad,
                book.best_ask_wad,
                book.last_price_wad,
                self.now,
                book.impact_bid_wad,
                book.impact_ask_wad,
            ),
        )

    def refused(self, method: str, *arguments: Any, sender: str = OWNER) -> str:
        """Why the mark price refuses a call."""
        self.mark.send(method, *arguments, sender=sender)
        (receipt,) = self.driver.execute(())
        assert not receipt.ok
        return receipt.error

    def poke(self) -> tuple[Any, Any]:
        """Poke in the open block: what the view said before, and the event."""
        seen = self.mark.read("price", MARKET)
        self.mark.send("poke", MARKET, sender=KEEPER)
        (event,) = self.sealed()
        assert self.mark.read("price", MARKET) == seen
        return seen, event
