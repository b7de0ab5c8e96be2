"""A network of neurons whose synapses are written by their own circuits."""
