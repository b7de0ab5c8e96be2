"""Kernels of conductance devices: draws without memory, pulses, and how requests become them."""
