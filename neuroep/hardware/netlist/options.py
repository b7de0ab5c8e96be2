"""How exactly ngspice solves."""

OPTIONS = ".options reltol=1e-6 vntol=1e-12 abstol=1e-18 gmin=1e-18"
"""Tight enough that ngspice's own error does not show; a leak of gmin at every transistor would."""

PROCESS_OPTIONS = (
    ".options reltol=1e-5 vntol=1e-7 abstol=1e-13 gmin=1e-14 method=gear noinit num_threads=1"
)
"""Of transistors of a process. Two threads of ngspice at their models only wait for each other."""
