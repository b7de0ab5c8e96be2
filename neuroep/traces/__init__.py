"""HDF5 files of a run: traces while it trains, checkpoints between its epochs."""
