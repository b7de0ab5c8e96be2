"""Deep resistive networks: layers of nodes joined by conductances, with diodes for a nonlinearity.

Kirchhoff's laws do the settling. The state is the minimum of the co-content, half the dissipated
power (Millar 1951; Kendall et al. 2020, arXiv:2006.01981; Scellier 2024, arXiv:2402.11674).
"""

import math
from dataclasses import KW_ONLY, dataclass, field

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from neuroep.core.constants import ROOM_TEMPERATURE, thermal_voltage
from neuroep.core.tables import Floats, Reals
from neuroep.network.description import Table, html_of, text_of
from neuroep.network.parameters import Parameters, real_numbers
from neuroep.network.resistive.arrays import MakeArray, Reduced, SynapseArray
from neuroep.network.resistive.drawn import DrawnNodes


def _positive(name: str, value: float, unit: str = "") -> None:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{name}: must be positive and finite, got {value:g} {unit}".rstrip())


@dataclass(frozen=True)
class ExponentialDiode:
    """I = I_s (exp(V / (n U_T)) - 1), V from anode to cathode (Shockley 1949).

    One end is at its node, the other on a rail: the anode of a diode that keeps its node from
    falling at +V_r, the cathode of one that keeps it from rising at -V_r. A rail as high as the
    drop at which the diode takes over from the node's conductances puts the knee at 0 V.

    Parameters
    ----------
    saturation : float
        I_s, A.
    ideality : float
        n.
    temperature : float
        K.
    rail : float
        V_r, V; 0: ground.

    Raises
    ------
    ValueError
        A parameter is not finite, or one other than the rail not positive.
    """

    saturation: float
    ideality: float = 1.0
    temperature: float = ROOM_TEMPERATURE
    rail: float = 0.0

    def __post_init__(self) -> None:
        _positive("diode.saturation", self.saturation, "A")
        _positive("diode.ideality", self.ideality)
        _positive("diode.temperature", self.temperature, "K")
        if not math.isfinite(self.rail):
            raise ValueError(f"diode.rail: must be finite, got {self.rail:g} V")

    @property
    def slope_voltage(self) -> float:
        """The voltage n U_T over which the current grows e-fold, V."""
        return self.ideality * thermal_voltage(self.temperature)


@dataclass(eq=False, repr=False)
class ResistiveNetwork:
    """A chain of layers 0 ... L + 1: clamped inputs, L hidden layers with diodes, linear outputs.

    Layer 0 is clamped to ``input_gain * [x, -x, 1, -1]``: conductances cannot be negative, so each
    input comes with its inverse, and a pair of constants makes the biases. In a hidden layer a
    diode keeps each node of the first half at v >= 0 (anode at ground, cathode at the node) and
    each of the second half at v <= 0. Output i is the difference of two nodes, so that it takes
    both signs: prediction_i = (v[2i] - v[2i + 1]) / output_gain.

    Behind every hidden layer stands a bidirectional amplifier: it passes the voltage forward times
    A and the current back over A (Kendall et al. 2020), so the co-content of all behind it counts
    1 / A^2 at its input.

    A nudge of strength beta drives the current
    beta * nudge_conductance * (output_gain * y_i - (v[2i] - v[2i + 1])) into node 2i and its
    opposite into node 2i + 1.

    Parameters
    ----------
    inputs, hidden, outputs
        Number of inputs x, of nodes of each hidden layer (even), and of predictions.
    input_gain : float
        V at an input node per unit of x.
    output_gain : float
        V between two output nodes per unit of prediction.
    amplification : float
        A.
    conductance_range : (float, float)
        What the synapses' device can hold, S.
    own_bounds : bool
        Whether each device has bounds of its own, which spread about the range, and ages: then only
        what no device holds, below 0, counts as outside.
    nudge_conductance : float
        S per unit of beta.
    diode : ExponentialDiode or None
        None for ideal diodes: no current one way, no voltage the other.
    capacitance : float
        From each free node to ground, F; it has no part in the state that is settled to.
    dtype : float32 or float64
        Of the conductances and of what ideal diodes are settled in.
    drawn : DrawnNodes, optional
        How nodes differ as those of a fabricated chip do.
    make_array : MakeArray, optional
        What synapses are with their wires; ideal wires without it.

    Attributes
    ----------
    parameters : Parameters
        The conductances "0-1", "1-2", ... (n_k, n_{k+1}), S.

    Raises
    ------
    ValueError
        A parameter is unphysical; one line that names it.
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    _: KW_ONLY
    input_gain: float
    output_gain: float = 1.0
    amplification: float = 1.0
    conductance_range: tuple[float, float]
    own_bounds: bool = False
    nudge_conductance: float
    diode: ExponentialDiode | None = None
    capacitance: float = 1e-12
    dtype: DTypeLike = np.float64
    drawn: DrawnNodes | None = None
    make_array: MakeArray | None = None
    parameters: Parameters = field(init=False)
    _reduced: Reduced | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.hidden = tuple(self.hidden)
        self._check()
        pairs = zip(self.sizes[:-1], self.sizes[1:], strict=True)
        shapes = {f"{k}-{k + 1}": shape for k, shape in enumerate(pairs)}
        self.parameters = Parameters(shapes, self.dtype)
        self.parameters.flat[:] = self.conductance_range[0]

    def _check(self) -> None:
        for name, number in (("inputs", self.inputs), ("outputs", self.outputs)):
            if number < 1:
                raise ValueError(f"{name}: must be at least 1, got {number}")
        if not self.hidden:
            raise ValueError("hidden: needs at least one layer")
        for size in self.hidden:
            if size < 2 or size % 2:
                raise ValueError(
                    f"hidden: a layer has as many nodes with v >= 0 as with v <= 0, got {size}"
                )
        _positive("input_gain", self.input_gain, "V")
        _positive("output_gain", self.output_gain, "V")
        _positive("amplification", self.amplification)
        _positive("nudge_conductance", self.nudge_conductance, "S")
        _positive("capacitance", self.capacitance, "F")
        low, high = self.conductance_range
        if not 0 <= low < high < math.inf:
            raise ValueError(
                f"conductance_range: needs 0 <= smallest < largest, got {low:g} to {high:g} S"
            )
        if np.dtype(self.dtype) not in (np.float32, np.float64):
            raise ValueError(f"dtype: must be float32 or float64, got {np.dtype(self.dtype)}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of nodes of every layer, the clamped one included."""
        return (2 * self.inputs + 2, *self.hidden, 2 * self.outputs)

    @property
    def conductances(self) -> list[Floats]:
        """The synapses (n_k, n_{k+1}) behind layer k, S; views of the parameters."""
        return list(self.parameters.values())

    @property
    def arrays(self) -> tuple[SynapseArray, ...]:
        """The synapses behind each layer with their wires, as they are now; none without wires."""
        make, flat = self.make_array, self.parameters.flat
        if make is None:
            return ()
        if self._reduced is None or not self._reduced.holds(make, flat):
            made = tuple(make(k, g) for k, g in enumerate(self.conductances))
            self._reduced = Reduced(make, flat.copy(), made)
        return self._reduced.arrays

    @property
    def effective(self) -> list[Floats]:
        """The conductances (n_k, n_{k+1}) between the ends of lines behind layer k, S."""
        return [array.transfer for array in self.arrays] or self.conductances

    @property
    def gains(self) -> tuple[float, ...]:
        """Voltage gain from layer k to its synapses forward: 1 for the clamped layer, then A."""
        return (1.0, *(self.amplification for _ in self.hidden))

    @property
    def reciprocal(self) -> bool:
        """Whether there is a co-content: amplifiers take back what they should."""
        return self.drawn is None or self.drawn.reciprocal

    def gain_of(self, layer: int) -> float | Reals:
        """Return the voltage gain from each node of a layer to its synapses forward, (n_k,)."""
        if self.drawn is None or layer == 0:
            return self.gains[layer]
        return self.gains[layer] * self.drawn.gain[layer - 1]

    def return_of(self, layer: int) -> float | Reals:
        """Return what share of the current behind each node its amplifier takes from it, (n_k,)."""
        if self.drawn is None or layer == 0:
            return 1.0 / self.gains[layer]
        return self.drawn.back[layer - 1] / self.gains[layer]

    def saturation_of(self, layer: int) -> float | Reals:
        """Return the saturation current of the diode of each node of a hidden layer, (n_k,), A."""
        saturation = self.diode.saturation if self.diode else 0.0
        return saturation if self.drawn is None else saturation * self.drawn.saturation[layer - 1]

    def capacitance_of(self, layer: int) -> float | Reals:
        """Return the capacitance of each node of a free layer, (n_k,), F."""
        if self.drawn is None:
            return self.capacitance
        return self.capacitance * self.drawn.capacitance[layer - 1]

    @property
    def weights(self) -> tuple[float, ...]:
        """Share of the co-content between layers k and k + 1 in the whole: 1, A^-2, A^-4, ..."""
        return tuple(float(self.amplification) ** (-2 * k) for k in range(len(self.hidden) + 1))

    def polarity(self, layer: int) -> Floats:
        """Return +1 for nodes of a hidden layer that are kept at v >= 0, -1 for the others."""
        half = self.sizes[layer] // 2
        return np.repeat(np.array([1.0, -1.0], self.dtype), half)

    def initialise(
        self,
        seed: int,
        spread: float | tuple[float, ...],
        filled: float | tuple[float, ...] = 0.5,
    ) -> None:
        """Draw all conductances: a share of them uniform above the smallest, the others at it.

        Parameters
        ----------
        seed : int
        spread : float, or one of each pair of layers
            Largest conductance above the smallest, S.
        filled : float, or one of each pair of layers
            The share. A node is at the mean of what leads to it: the fewer, the larger its voltage.

        Raises
        ------
        ValueError
            A spread that is not positive or leaves the device's range, a share that is not above 0
            and at most 1, or a wrong number of them.
        """
        low, high = self.conductance_range
        spreads, shares = self._each("spread", spread), self._each("filled", filled)
        rng = np.random.default_rng(seed)
        for name, top, share in zip(self.parameters, spreads, shares, strict=True):
            _positive(f"spread of {name}", top, "S")
            if low + top > high:
                raise ValueError(f"spread of {name}: {low + top:g} S is beyond {high:g} S")
            if not 0 < share <= 1:
                raise ValueError(f"filled of {name}: must be above 0 and at most 1, got {share:g}")
            drawn = rng.uniform(-top * ((1 - share) / share), top, self.parameters.shapes[name])
            self.parameters[name][:] = low + np.maximum(drawn, 0.0)
        self.limit()

    def _each(self, name: str, value: float | tuple[float, ...]) -> tuple[float, ...]:
        """Return one value for each pair of layers."""
        values = value if isinstance(value, tuple) else (value,) * len(self.parameters)
        if len(values) != len(self.parameters):
            raise ValueError(f"{name}: needs {len(self.parameters)} values, got {len(values)}")
        return values

    def limit(self) -> None:
        """Bring every conductance back to the nearest that the device can hold."""
        np.clip(self.parameters.flat, *self.conductance_range, out=self.parameters.flat)

    def check_conductances(self) -> None:
        """Check every conductance against the device, whose limits may be in single precision.

        Where devices have bounds of their own, only what no device holds is outside.

        Raises
        ------
        ValueError
            One is not finite or outside the range; names the synapse.
        """
        given = np.array((0.0, math.inf) if self.own_bounds else self.conductance_range)
        both = np.stack([given, given.astype(np.float32)])
        low, high = both[:, 0].min(), both[:, 1].max()
        for name, g in self.parameters.items():
            bad = ~((g >= low) & (g <= high) & np.isfinite(g))
            if bad.any():
                i, j = np.argwhere(bad)[0]
                raise ValueError(
                    f"conductance {name} [{i}, {j}]: {g[i, j]:g} S is outside {low:g} to {high:g} S"
                )

    def check_inputs(self, inputs: ArrayLike) -> Floats:
        """Return inputs x as an array (B, inputs) of the network's dtype.

        Raises
        ------
        ValueError
            Another shape, what is no real number, or one that is not finite.
        """
        x = real_numbers("inputs", inputs, self.parameters.flat.dtype)
        if x.ndim != 2 or x.shape[1] != self.inputs:
            raise ValueError(f"inputs: needs shape (examples, {self.inputs}), got {x.shape}")
        return x

    def clamp(self, inputs: ArrayLike) -> Floats:
        """Return the voltages of layer 0, (B, 2 inputs + 2), for inputs x (B, inputs)."""
        x = self.check_inputs(inputs)
        one = np.ones((len(x), 1), x.dtype)
        volts: Floats = np.hstack([x, -x, one, -one]) * x.dtype.type(self.input_gain)
        return volts

    def prediction(self, volts: Floats) -> Floats:
        """Return what output voltages (..., 2 outputs) say, (..., outputs), in units of y."""
        predicted: Floats = (volts[..., 0::2] - volts[..., 1::2]) / volts.dtype.type(
            self.output_gain
        )
        return predicted

    def cost(self, volts: Floats, target: ArrayLike) -> Floats:
        """Return C = 1/2 sum_i (prediction_i - y_i)^2 of each example (units of y squared)."""
        miss = self.prediction(volts) - np.asarray(target)
        cost: Floats = 0.5 * np.square(miss).sum(axis=-1)
        return cost

    def _description(self) -> Table:
        diodes = "ideal diodes"
        if self.diode:
            diodes = f"diodes of {self.diode.saturation:g} A and ideality {self.diode.ideality:g}"
            if self.diode.rail:
                diodes += f" on rails of {self.diode.rail:g} V"
        rows = [("inputs", f"{self.inputs}, at {self.sizes[0]} clamped nodes")]
        rows += [(f"hidden {k}", f"{n} nodes, {diodes}") for k, n in enumerate(self.hidden, 1)]
        rows.append(("outputs", f"{self.outputs}, at {self.sizes[-1]} nodes"))
        low, high = self.conductance_range
        for name, shape in self.parameters.shapes.items():
            size = " x ".join(map(str, shape))
            rows.append((name, f"{size} conductances of {low:g} to {high:g} S"))
        rows.append(("nudge", f"{self.nudge_conductance:g} S per unit of beta"))
        return f"ResistiveNetwork: {self.parameters.flat.size:,} parameters", rows

    def __repr__(self) -> str:
        return text_of(*self._description())

    def _repr_html_(self) -> str:
        return html_of(*self._description())
