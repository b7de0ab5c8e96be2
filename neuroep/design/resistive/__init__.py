"""Designs of resistive networks: conductances, diodes, and their chip."""
