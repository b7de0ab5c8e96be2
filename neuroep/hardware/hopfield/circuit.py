"""A network on a chip: which cell each layer is, and the SI value of every element.

The mapping, once: activity s is the voltage V_s s on a line; weight w is a pair of conductances
G_mid +- w G_u / 2 on the lines +V_s s and -V_s s, so that the current w I_u s, with I_u = G_u V_s,
flows into the receiver's virtual ground; potential v is the voltage V_k v on a membrane with leak
g_k = I_u / V_k, so that C dV/dt = -g_k V + I_u dPhi/ds settles where v = dPhi/ds. Every coupling
exists twice, once for each direction, written by the same pulses: this is how W_ij = W_ji holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats, Reals
from neuroep.hardware.chip import Chip
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.costs import CrossEntropy
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh

NEURON_CELLS: dict[type[Neurons], str] = {
    HardSigmoid: "hard_sigmoid",
    Linear: "linear",
    Sigmoid: "sigmoid",
    Tanh: "tanh",
}


@dataclass(frozen=True)
class LayerValues:
    """The elements of each unit of a layer.

    ``cell``: name of the cell; ``capacitance``: of the membrane, F; ``volts``: of membrane per unit
    potential; ``leak``: conductance of the membrane, S.
    """

    cell: str
    capacitance: float
    volts: float
    leak: float

    @property
    def time_constant(self) -> float:
        """C / g, s: one for all units of a layer, as the descent of the energy demands."""
        return self.capacitance / self.leak


class Circuit:
    """A network on a chip.

    Parameters
    ----------
    network : Network
    chip : Chip

    Raises
    ------
    ValueError
        A layer that no cell realises, or a chip that names a layer which is not there.
    """

    def __init__(self, network: Network, chip: Chip) -> None:
        self.network = network
        self.chip = chip
        for table in (chip.capacitances, chip.membrane_volts):
            for name in table:
                if name not in network.settling:
                    raise ValueError(f"circuit: layer {name!r} does not settle in this network")
        self.layers: dict[str, LayerValues] = {
            name: self._values(name) for name in network.settling
        }

    def _values(self, name: str) -> LayerValues:
        chip, layer = self.chip, self.network.layers[name]
        if isinstance(layer, Attention):
            cell = "membrane"
        elif isinstance(layer, Neurons) and type(layer) in NEURON_CELLS:
            cell = NEURON_CELLS[type(layer)]
        else:
            raise ValueError(f"layer {name!r}: no cell realises {type(layer).__name__}")
        volts = self._transistor_volts(layer) if isinstance(layer, Neurons) else None
        if volts is not None and name in chip.membrane_volts:
            raise ValueError(
                f"membrane_volts.{name}: set by kappa, U_T and the gain of its transistors"
            )
        volts = volts or chip.membrane_volts.get(name, chip.signal)
        return LayerValues(
            cell,
            chip.capacitances.get(name, chip.capacitance),
            volts,
            chip.unit_current / volts,
        )

    def _transistor_volts(self, layer: Neurons) -> float | None:
        """Return the volts per unit potential where transistors set them.

        I = I_b tanh(kappa V / 2 U_T) for both outputs of a differential pair, a logistic function
        of kappa V / U_T for one (Mead 1989, chapter 5).
        """
        per_volt = self.chip.thermal_voltage / self.chip.slope_factor
        if isinstance(layer, Tanh):
            return 2.0 * layer.gain * per_volt
        if isinstance(layer, Sigmoid):
            return 4.0 * layer.gain * per_volt
        return None

    # Elements

    def pair(self, weights: Floats, name: str = "weight") -> tuple[Reals, Reals]:
        """Return the conductances (plus, minus) of differential pairs that hold weights, S.

        Raises
        ------
        ValueError
            A weight that the devices cannot hold; names the coupling and the first such synapse.
        """
        return self._pair(weights, self.chip.unit_conductance, name)

    def pattern_pair(self, patterns: Floats, name: str = "pattern") -> tuple[Reals, Reals]:
        """Return the conductances (plus, minus) of the pairs that hold stored patterns, S.

        Raises
        ------
        ValueError
            A value that the devices cannot hold.
        """
        return self._pair(patterns, self.chip.pattern_conductance, name)

    def _pair(self, values: Floats, unit: float, name: str) -> tuple[Reals, Reals]:
        chip = self.chip
        half = 0.5 * unit * np.asarray(values, float)
        plus, minus = chip.middle_conductance + half, chip.middle_conductance - half
        margin = 1e-9 * chip.conductance_max
        beyond = ~(np.maximum(plus, minus) <= chip.conductance_max + margin)
        if beyond.any():
            where = tuple(int(i) for i in np.argwhere(beyond)[0])
            largest = (chip.conductance_max - chip.conductance_min) / unit
            raise ValueError(
                f"{name}{list(where)}: {float(np.asarray(values)[where]):.3g} is beyond "
                f"+-{largest:.3g}, the range of its devices ({chip.conductance_min:g} to "
                f"{chip.conductance_max:g} S at {unit:g} S per unit)"
            )
        return plus, minus

    def score_resistance(self, name: str) -> float:
        """Return the transresistance of an attention layer's scores, ohm.

        It sets the inverse temperature: kappa V_score / U_T = c (v . x).
        """
        layer, chip = self.network.layers[name], self.chip
        assert isinstance(layer, Attention)
        volts_per_score = layer.inverse_temperature * chip.thermal_voltage / chip.slope_factor
        return volts_per_score / (chip.pattern_conductance * self.layers[name].volts)

    @property
    def logit_volts(self) -> float:
        """Volts of a read-out line per unit of logit: one e-fold of the softmax each."""
        return self.chip.thermal_voltage / self.chip.slope_factor

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
        for layer in self.network.layers.values():
            if isinstance(layer, Attention):
                self.pattern_pair(drive.values[layer.stored], layer.stored)

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
        if isinstance(self.network.cost, CrossEntropy):
            self.pair(parameters["readout.weight"], "readout.weight")

    # Between volts and normalised quantities

    def potentials(self, volts: Mapping[str, Reals]) -> dict[str, Reals]:
        """Return normalised potentials of membrane voltages, by layer."""
        return {name: v / self.layers[name].volts for name, v in volts.items()}

    def volts(self, potentials: Mapping[str, Floats]) -> dict[str, Reals]:
        """Return membrane voltages (V) of normalised potentials, by layer."""
        return {
            name: np.asarray(v, float) * self.layers[name].volts for name, v in potentials.items()
        }
