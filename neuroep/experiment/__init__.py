"""Experiments: a design read from one text file, trained, evaluated, kept in one run folder."""
