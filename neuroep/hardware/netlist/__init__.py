"""What every netlist is made of."""
