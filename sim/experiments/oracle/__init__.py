"""The oracle laboratory: every way to make an index under every fault, on the real contracts."""
