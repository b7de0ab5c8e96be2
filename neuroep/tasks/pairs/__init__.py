"""Two sentences, one label."""
