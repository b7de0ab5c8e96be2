"""Simulators that someone else wrote, one a file."""
