"""Equilibrium propagation against backpropagation through time."""
