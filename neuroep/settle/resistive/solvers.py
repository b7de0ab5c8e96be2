"""The two ways in which resistive networks settle; their diodes decide which."""

from collections.abc import Callable
from typing import ClassVar

from neuroep.core.resistive.chain import settle_ideal
from neuroep.core.resistive.newton import settle_exponential
from neuroep.network.resistive.network import ResistiveNetwork


class BlockSweep:
    """Ideal diodes: exact minimisation of the co-content over odd, then even layers."""

    ideal: ClassVar[bool] = True
    kernel: ClassVar[Callable[..., None]] = staticmethod(settle_ideal)


class Newton:
    """Exponential diodes: Newton on Kirchhoff's current law, in float64."""

    ideal: ClassVar[bool] = False
    kernel: ClassVar[Callable[..., None]] = staticmethod(settle_exponential)


RESISTIVE_SOLVERS: dict[str, type[BlockSweep | Newton]] = {"sweep": BlockSweep, "newton": Newton}


def resistive_solver(network: ResistiveNetwork, name: str = "") -> str:
    """Return the name of the solver that fits a network's diodes.

    Raises
    ------
    ValueError
        Another one was asked for by ``name``.
    """
    ideal = network.diode is None
    (fitting,) = (key for key, solver in RESISTIVE_SOLVERS.items() if solver.ideal == ideal)
    if name not in ("", fitting):
        diodes = "ideal" if ideal else "exponential"
        raise ValueError(f"solver {name!r}: {diodes} diodes settle by {fitting!r}")
    return fitting
