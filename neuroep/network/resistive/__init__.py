"""Deep resistive networks: conductances, diodes, and what is clamped."""
