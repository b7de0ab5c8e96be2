"""Runs as the sections of a page, from what their folders hold."""
