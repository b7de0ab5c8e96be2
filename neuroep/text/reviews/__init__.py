"""Labelled texts: built-in, from the IMDB archive, baselines."""
