"""Solvers of networks of layers, one a file."""
