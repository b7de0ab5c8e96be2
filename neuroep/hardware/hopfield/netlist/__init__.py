"""A network of layers as a netlist."""
