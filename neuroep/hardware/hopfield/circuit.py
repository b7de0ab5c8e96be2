"""A network on a chip: which cell each layer is, and the SI value of every element.

The mapping, once: activity s is the voltage V_s s on a line; weight w is a pair of conductances
G_mid +- w G_u / 2 on the lines +V_s s and -V_s s, so that the current w I_u s, with I_u = G_u V_s,
flows into the receiver's virtual ground; potential v is the voltage V_k v on a membrane with leak
g_k = I_u / V_k, so that C dV/dt = -g_k V + I_u dPhi/ds settles where v = dPhi/ds. Every coupling
exists twice, once for each direction, written by the same pulses: this is how W_ij = W_ji holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from neuroep.core.tables import Floats, Reals
from neuroep.hardware.cells.parameters import UnitValues
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.pairs import PairArray, check_array, conductances, largest_value
from neuroep.hardware.neurons.catalogue import neuron_cell
from neuroep.hardware.neurons.neuron_cell import NeuronCell
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling, Network
from neuroep.network.hopfield.neurons import Neurons

READOUT = "readout.weight"


@dataclass(frozen=True)
class LayerValues:
    """The elements of each unit of a layer: numbers that all have, or one of each unit, (n,).

    ``cell``: name of the cell; ``capacitance``: of the membrane, F; ``unit_volts``: of membrane per
    unit potential, as designed; ``volts``: the same as fabricated; ``leak``: conductance of the
    membrane, S; ``neuron``: what realises its neurons, None for attention; ``own``: further values
    of the cell that are the layer's own; ``rows``: what attention has besides, where it differs.
    """

    cell: str
    capacitance: float | Reals
    unit_volts: float
    volts: float | Reals
    leak: float | Reals
    neuron: NeuronCell | None = None
    own: UnitValues = field(default_factory=dict)
    rows: "RowValues | None" = None

    @property
    def time_constant(self) -> float:
        """C / g of the slowest unit, s.

        As designed, one for all units of a layer, as the descent of the energy demands.
        """
        return float(np.max(self.capacitance / self.leak))

    def tails(self, rows: int, width: int) -> float:
        """Return how many tail currents of the design so many rows of units draw."""
        if self.neuron is None:
            return float(rows if self.rows is None else self.rows.tail[:rows].sum())
        shares = np.broadcast_to(self.own.get("sat", 1.0), rows * width)
        return self.neuron.tails * float(shares.sum())

    def of_unit(self, unit: int) -> dict[str, float]:
        """Return the values of a unit's cell by the parameter's symbol, SI."""
        values = {"c": self.capacitance, "g": self.leak, **self.own}
        return {name: _of(value, unit) for name, value in values.items()}


@dataclass(frozen=True)
class RowValues:
    """What differs in a drawn layer of attention.

    ``gate`` (rows, tokens): what stands at the gate of a branch beside its score, V; ``tail``
    (rows,): factor on a row's tail current; ``read`` (n,): factor on what its lines read.
    """

    gate: Reals
    tail: Reals
    read: Reals


def _of(value: float | Reals, unit: int) -> float:
    found = np.asarray(value, float)
    return float(found[unit] if found.ndim else found)


class Circuit:
    """A network on a chip.

    Parameters
    ----------
    network : Network
        Of layers as the chip operates them (:func:`neuroep.hardware.hopfield.operated.operated`):
        their gains and inverse temperatures hold at ``chip.temperature``. The resistors that make
        them are those of the design, since what transistors do scales as 1/T.
    chip : Chip

    Attributes
    ----------
    layers : dict of LayerValues
        By the name of each settling layer.
    has_readout : bool
        Whether a softmax read-out stands behind the nudged layer.

    Raises
    ------
    ValueError
        A layer that no cell realises, or whose membranes have no time constant; a chip that names a
        layer which is not there.
    """

    def __init__(self, network: Network, chip: Chip) -> None:
        self.network = network
        self.chip = chip
        self.has_readout = READOUT in network.parameter_shapes()
        for table in (chip.capacitances, chip.membrane_volts):
            for name in table:
                if name not in network.settling:
                    raise ValueError(f"circuit: layer {name!r} does not settle in this network")
        for c in network.couplings if chip.wires else ():
            check_array(c.name, network.parameter_shapes()[c.name])
        self.layers: dict[str, LayerValues] = {
            name: self._values(name) for name in network.settling
        }
        for name, values in self.layers.items():
            least = float(np.min(values.leak))
            if not least > 0 or not 0 < values.time_constant < np.inf:
                raise ValueError(
                    f"circuit: layer {name!r}: a leak of {least:g} S makes no time constant"
                )

    def _values(self, name: str) -> LayerValues:
        chip, layer = self.chip, self.network.layers[name]
        capacitance = chip.capacitances.get(name, chip.capacitance)
        if layer.stored:
            volts = chip.membrane_volts.get(name, chip.signal)
            designed = LayerValues("membrane", capacitance, volts, volts, chip.unit_current / volts)
            return self._fabricated(name, designed)
        neurons = cast(Neurons, layer)
        neuron = neuron_cell(neurons)
        volts = neuron.volts(neurons, chip)
        designed = LayerValues(
            neuron.cell.name,
            capacitance,
            volts,
            volts,
            chip.unit_current / volts,
            neuron,
            neuron.own(neurons, volts),
        )
        return self._fabricated(name, designed)

    def _fabricated(self, name: str, designed: LayerValues) -> LayerValues:
        """Return the elements of a layer as its network's chip was drawn."""
        units, volts = self.network.drawn.get(name), designed.unit_volts
        if units is None:
            return designed
        made = replace(
            designed,
            capacitance=designed.capacitance * units.capacitance,
            volts=volts / units.leak,
            leak=designed.leak * units.leak,
        )
        if designed.neuron is None:
            gate = units.score * self.chip.volts_per_fold
            rows = RowValues(gate, units.tail, units.gain * units.line)
            return replace(made, own={"vos": units.offset * volts}, rows=rows)
        layer = cast(Neurons, self.network.layers[name])
        own = designed.neuron.drawn(layer, volts, self.chip, units)
        return replace(made, own={**designed.own, **own})

    def line(self, name: str, membrane: Reals) -> Reals:
        """Return the voltage of the lines of a layer of neurons at membrane voltages, V."""
        values, chip = self.layers[name], self.chip
        if values.neuron is None:
            raise ValueError(f"layer {name!r}: its lines are those of a softmax")
        given = {**chip.shared, **values.own}
        return values.neuron.line(given, chip.thermal_voltage, membrane)

    # Elements

    def pair(self, weights: Floats, name: str = "weight") -> tuple[Reals, Reals]:
        """Return the conductances (plus, minus) of differential pairs that hold weights, S.

        Raises
        ------
        ValueError
            A weight that the devices cannot hold; names the coupling and the first such synapse.
        """
        return conductances(self.chip, weights, self.chip.unit_conductance, name)

    def way_back(self, coupling: Coupling) -> tuple[Reals, Reals]:
        """Return the conductances (plus, minus) of the pairs of a coupling's way back, S."""
        return self.pair(self.network.way_back(coupling), f"{coupling.name}, way back")

    def pattern_pair(self, patterns: Floats, name: str = "pattern") -> tuple[Reals, Reals]:
        """Return the conductances (plus, minus) of the pairs that hold stored patterns, S.

        Raises
        ------
        ValueError
            A value that the devices cannot hold.
        """
        return conductances(self.chip, patterns, self.chip.pattern_conductance, name)

    def array(self, coupling: Coupling, *, back: bool = False) -> PairArray | None:
        """Return the array of a coupling, or of its way back; None where wires are ideal."""
        reduced = self.network.reduced
        if reduced is None:
            return None
        if back:
            return cast(PairArray, reduced.way_back(coupling.name, coupling.back))
        return cast(PairArray, reduced.arrays[coupling.name])

    def limits(self) -> dict[str, tuple[float, float]]:
        """Return what devices can hold of each parameter, (low, high), normalised.

        Couplings and the read-out's weights are pairs of conductances, and so are the stored
        patterns of attention: a table is held to what is left beside its position code. Biases and
        queries are currents, without a limit of this kind.
        """
        network = self.network
        weight = largest_value(self.chip, self.chip.unit_conductance)
        pattern = largest_value(self.chip, self.chip.pattern_conductance)
        highest = dict.fromkeys((n for c in network.couplings for n in (c.name, c.back)), weight)
        if self.has_readout:
            highest[READOUT] = weight
        for stored in self._stored():
            clamped = cast(Clamped, network.layers[stored])
            if not clamped.vocabulary:
                continue
            code = 0.0 if clamped.position == "none" else abs(clamped.position_scale)
            held = max(0.0, pattern - code)
            highest[clamped.patterns] = min(held, highest.get(clamped.patterns, held))
        return {name: (-high, high) for name, high in highest.items()}

    def _stored(self) -> list[str]:
        """Return the clamped layers that attention stores, each once."""
        layers = self.network.layers.values()
        return list(dict.fromkeys(layer.stored for layer in layers if layer.stored))

    def score_resistance(self, name: str) -> float:
        """Return the transresistance of an attention layer's scores, ohm.

        It sets the inverse temperature: kappa V_score / U_T = c (v . x).
        """
        layer, chip = cast(Attention, self.network.layers[name]), self.chip
        volts_per_score = layer.inverse_temperature * chip.thermal_voltage / chip.slope_factor
        return volts_per_score / (chip.pattern_conductance * self.layers[name].unit_volts)

    @property
    def logit_volts(self) -> float:
        """Volts of a read-out line per unit of logit: one e-fold of the softmax each.

        Its amplifiers are biased proportional to absolute temperature: it is the same softmax at
        any temperature.
        """
        return self.chip.volts_per_fold

    @property
    def slowest(self) -> float:
        """The longest time constant of a membrane, s."""
        return max(values.time_constant for values in self.layers.values())

    def check(self, drive: Drive) -> None:
        """Check that devices can hold all weights and the stored patterns of a drive.

        Raises
        ------
        ValueError
            Names the first synapse beyond the range.
        """
        self.check_weights()
        for stored in self._stored():
            self.pattern_pair(drive.values[stored], stored)

    def check_weights(self) -> None:
        """Check that devices can hold all weights.

        Raises
        ------
        ValueError
            Names the first synapse beyond the range.
        """
        parameters = self.network.parameters
        for c in self.network.couplings:
            self.pair(parameters[c.name], c.name)
            if self.network.own_back(c):
                self.way_back(c)
        if self.has_readout:
            self.pair(parameters[READOUT], READOUT)

    # Between volts and normalised quantities

    def potentials(self, volts: Mapping[str, Reals]) -> dict[str, Reals]:
        """Return normalised potentials of membrane voltages, by layer."""
        return {name: v / self.layers[name].volts for name, v in volts.items()}

    def volts(self, potentials: Mapping[str, Floats]) -> dict[str, Reals]:
        """Return membrane voltages (V) of normalised potentials, by layer."""
        return {
            name: np.asarray(v, float) * self.layers[name].volts for name, v in potentials.items()
        }
