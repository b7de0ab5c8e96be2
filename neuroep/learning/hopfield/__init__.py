"""Learning of networks of layers and couplings."""
