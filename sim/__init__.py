"""Backstop's laboratory: real perpetual-futures bytecode driven by seeded agents."""
