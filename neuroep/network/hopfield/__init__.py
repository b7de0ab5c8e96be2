"""Layers, couplings and the Network that says what is wired to what."""
