"""Many points of one design: corners, grids, seeds and chips, measured once each."""
