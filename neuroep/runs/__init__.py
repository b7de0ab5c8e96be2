"""One training run in one folder."""
