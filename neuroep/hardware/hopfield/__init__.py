"""A network of layers as a circuit."""
