"""One format a file; each is a line of :mod:`neuroep.export.catalogue`."""
