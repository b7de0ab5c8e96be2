"""Slopes of resistive networks."""
