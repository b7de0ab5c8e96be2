"""Netlists for programs that read Verilog-A and another language than SPICE; one a file."""
