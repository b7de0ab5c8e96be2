"""All that a neuron type needs of hardware: no other file asks which neuron it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from neuroep.core.tables import Reals
from neuroep.hardware.cells.cell import Cell
from neuroep.hardware.cells.parameters import UnitValues, Values
from neuroep.hardware.chip import Chip
from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.hopfield.neurons import Neurons


@dataclass(frozen=True)
class SmoothTwin:
    """A neuron type without corners that touches one that has them.

    ``kind``: its type, of the same size and gain; ``shift``: layer -> what its bias needs besides.
    """

    kind: type[Neurons]
    shift: Callable[[Neurons], float]


@dataclass(frozen=True)
class NeuronCell:
    """A neuron type on a chip: a conveyor, a leaky membrane, and what turns it into an activity.

    Attributes
    ----------
    cell : Cell
        Its circuit: pins ``in mem outp outn`` and supplies, parameters, experiments.
    line : callable
        (values of the cell, U_T in V, membrane voltages in V) -> voltages of its line, V.
    own : callable
        (layer, membrane volts per unit potential) -> the values of the cell's parameters that are
        its layer's own, beside ``c`` and ``g``; all others are the chip's (:attr:`Chip.shared`).
    folds : callable, optional
        Layer -> membrane volts per unit potential, in U_T/kappa, where transistors set them. Its
        activity then depends on kappa V/U_T alone. None where ``membrane_volts`` of the chip says.
    tails : int
        Tail currents that a unit draws.
    one_sided : bool
        Whether its activity is the current of one side of its pair, not the difference of both.
    activity : str
        sigma({x}) as an expression of Brian2, of ``gain``; empty: it has no Brian2 view.
    slope : str
        Its slope where ``s_x`` = sigma(x), from which a nudged potential is found by Newton steps;
    nudged : str
        or else code that sets ``x`` to the solution of x + k sigma(x) = u.
    twin : SmoothTwin, optional
        Where it has corners.
    file : Path, optional
        Its .cir file; None for what lies in circuits/cells/LIBRARY.
    """

    cell: Cell
    line: Callable[[UnitValues, float, Reals], Reals]
    own: Callable[[Neurons, float], Values]
    folds: Callable[[Neurons], float] | None = None
    tails: int = 0
    one_sided: bool = False
    activity: str = ""
    slope: str = ""
    nudged: str = ""
    twin: SmoothTwin | None = None
    file: Path | None = None

    def volts(self, layer: Neurons, chip: Chip) -> float:
        """Return the membrane voltage of a unit potential, V.

        ``layer`` is as operated: transistors sized for its design make 2 gain U_T/kappa of it at
        the temperature of design, which is the same voltage.

        Raises
        ------
        ValueError
            The chip asks for other volts than transistors set.
        """
        if self.folds is None:
            return chip.membrane_volts.get(layer.name, chip.signal)
        if layer.name in chip.membrane_volts:
            raise ValueError(
                f"membrane_volts.{layer.name}: set by kappa, U_T and the gain of its transistors"
            )
        return self.folds(layer) * chip.volts_per_fold

    def drawn(self, layer: Neurons, volts: float, chip: Chip, units: DrawnUnits) -> UnitValues:
        """Return the values of the cell's parameters, (n,), of units that differ.

        ``volts``: of membrane per unit potential.
        """
        known = {parameter.symbol for parameter in self.cell.parameters}
        slope = {"gain": layer.gain} if "gain" in known else {"kappa": chip.slope_factor}
        values = {
            **{name: value * units.gain for name, value in slope.items()},
            "vos": units.offset * volts,
            "sat": units.saturation,
            "vs": chip.signal * units.line,
        }
        return {name: value for name, value in values.items() if name in known}

    def operated(self, layer: Neurons, chip: Chip) -> Neurons:
        """Return a layer of this type as it works at the chip's temperature.

        Membranes keep the volts they were sized for, and transistors compute a function of
        kappa V/U_T: the gain falls as 1/T.
        """
        if self.folds is None or chip.sharpness == 1.0:
            return layer
        return replace(layer, gain=layer.gain * chip.sharpness)
