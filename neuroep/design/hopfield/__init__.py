"""Designs of networks of layers: neurons, attention, couplings, and their chip."""
