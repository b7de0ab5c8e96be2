"""Learning of resistive networks."""
