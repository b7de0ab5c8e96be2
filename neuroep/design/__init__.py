"""Design files: one text is the whole experiment."""
