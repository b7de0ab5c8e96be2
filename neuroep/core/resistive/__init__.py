"""Kernels of conductance and diode networks."""
