"""Leveraged tokens over many price paths, held against what theory says they lose."""
