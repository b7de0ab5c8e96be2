"""Simulate neuromorphic hardware that learns by equilibrium propagation."""
