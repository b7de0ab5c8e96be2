"""What a run has learned, in siemens: one format a file, each a line of the catalogue."""
