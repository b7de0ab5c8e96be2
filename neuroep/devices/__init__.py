"""Conductance devices: laws, arrays of them, and how requests become pulses."""
