"""What a reader must not conclude from the page."""

from __future__ import annotations

from html import escape

LIMITS = (
    "Liquidations do not reach the spot markets. A venue's price moves only as the scenario says, "
    "and by agents that trade on a venue that was given a depth.",
    "The arbitrageur's hedge is not modelled: of it, only the leg on the book is counted. Basis "
    "traders and manipulators trade on venues, and pay for what they move, where those have one.",
    "Agents follow fixed rules and see one snapshot a block. Nobody reads pending transactions but "
    "a builder, where the scenario has one; private order flow is not told apart.",
    "Blocks come at the scenario's pace: no reorganisation, no missed block, no outage of a "
    "sequencer or of a bridge to another layer.",
    "What a place in a block costs is recorded but taken from no account: profits are before gas. "
    "Gas that fills blocks is reckoned by kind of action, not metered.",
    "The collateral token is worth exactly one unit of quote and never freezes an account.",
    "Owner, guardian and upgrades stay idle: governance attacks are not simulated.",
    "One seed is one history. What another would give is for a loop over seeds to say.",
)


def limits() -> str:
    """What is not modelled, as a box."""
    items = "".join(f"<li>{escape(line)}</li>" for line in LIMITS)
    return f'<div class="limits"><h3>What is not modelled</h3><ul>{items}</ul></div>'
