"""Transistors of process design kits: models cut to the geometries that a netlist uses."""
