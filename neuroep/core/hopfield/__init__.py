"""Kernels of layers, couplings and attention."""
