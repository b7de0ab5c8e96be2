"""Backpropagation through time and implicit differentiation, adjoints by hand."""
