"""Slopes and reference gradients of networks of layers."""
