"""A network as a circuit: SI values, waveforms, netlists, and the bridges to ngspice and Brian2."""
