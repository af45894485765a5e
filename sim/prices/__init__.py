"""Real price files: what is in them, told by a declared table of formats, or refused."""
