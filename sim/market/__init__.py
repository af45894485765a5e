"""The true prices of many venues, and what reporters make of them; never on chain."""
