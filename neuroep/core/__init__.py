"""Numba kernels on plain arrays: the only place where neuroep's loops are compiled."""
