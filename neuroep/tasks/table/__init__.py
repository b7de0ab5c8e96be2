"""Rows of numbers, one label each."""
