"""A deep resistive network branch by branch: slow, obvious, and apart from every solver.

What is computed here from node voltages judges all views of the circuit: the currents at each node
(Kirchhoff), the power drawn from the supplies, and the gradient from squared voltage drops.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.views.bench import Volts
from neuroep.network.resistive.network import ResistiveNetwork

LEAST = 1e-2
"""Of what a node's voltage would send through its synapses: currents are no less than that."""


def layer_names(network: ResistiveNetwork) -> list[str]:
    """Return the name of every layer, as netlists and waveforms call it."""
    return ["in", *(f"h{k + 1}" for k in range(len(network.hidden))), "out"]


def by_layer(network: ResistiveNetwork, flat: Reals) -> Volts:
    """Return the free nodes (..., n) of all layers but the clamped one, layer by layer."""
    ends = np.cumsum(network.sizes[1:])
    return dict(zip(layer_names(network)[1:], np.split(flat, ends[:-1], axis=-1), strict=True))


def joined(network: ResistiveNetwork, volts: Mapping[str, Reals]) -> Reals:
    """Return the free nodes of all layers in one array (..., n); undoes :func:`by_layer`."""
    return np.concatenate([volts[name] for name in layer_names(network)[1:]], axis=-1)


@dataclass(frozen=True)
class Branches:
    """The circuit of one input and one nudge.

    ``clamped``: voltages of the input nodes, V; ``beta``; ``target`` (outputs,), in its units;
    ``spice_diodes``: whether diodes far in reverse follow ngspice's law, to judge what it returns.
    """

    network: ResistiveNetwork
    clamped: Reals
    beta: float = 0.0
    target: Reals | None = None
    spice_diodes: bool = False

    def _synapses(self, volts: Mapping[str, Reals]) -> list[Reals]:
        """Return the current through every synapse, away from the input, A."""
        lines = [self.clamped, *(volts[name] for name in layer_names(self.network)[1:])]
        if arrays := self.network.arrays:
            ports = [
                ((self.network.gain_of(k) * before)[None], behind[None])
                for k, (before, behind) in enumerate(pairwise(lines))
            ]
            parts = zip(self.network.conductances, arrays, ports, strict=True)
            return [g.astype(float) * array.drops(ends)[:, :, 0] for g, array, ends in parts]
        return [
            g.astype(float) * ((self.network.gain_of(k) * before)[:, None] - behind[None, :])
            for k, (g, before, behind) in enumerate(
                zip(self.network.conductances, lines, lines[1:], strict=False)
            )
        ]

    def _diodes(self, layer: int, v: Reals) -> Reals:
        """Return the current from its rail through the diode of each node of a layer into it, A."""
        diode = self.network.diode
        if diode is None or layer == len(self.network.sizes) - 1:
            return np.zeros_like(v)
        half = len(v) // 2
        forward = diode.rail + np.concatenate([-v[:half], v[half:]])
        saturation = np.broadcast_to(self.network.saturation_of(layer), v.shape)
        current = saturation * np.expm1(forward / diode.slope_voltage)
        if self.spice_diodes:
            # Below -3 n U_T a cubic that joins the exponential smoothly (dioload.c of SPICE3).
            deep = forward < -3.0 * diode.slope_voltage
            ratio = 3.0 * diode.slope_voltage / (math.e * forward[deep])
            current[deep] = -saturation[deep] * (1.0 + ratio**3)
        return np.concatenate([current[:half], -current[half:]])

    def _nudge(self, volts: Mapping[str, Reals]) -> Reals:
        """Return the nudge's current into the first node of each output, A."""
        out = volts["out"]
        if self.target is None:
            return np.zeros(len(out) // 2)
        miss = self.network.output_gain * self.target - (out[0::2] - out[1::2])
        return self.beta * self.network.nudge_conductance * miss

    def currents(self, volts: Mapping[str, Reals]) -> dict[str, tuple[Reals, Reals]]:
        """Return of every free node the sum of all currents into it, and of their magnitudes, A."""
        synapses = self._synapses(volts)
        found = {}
        for k, name in enumerate(layer_names(self.network)[1:], start=1):
            branches = list(synapses[k - 1])
            branches.append(self._diodes(k, volts[name]))
            if name == "out":
                nudge = self._nudge(volts)
                branches.append(np.stack([nudge, -nudge], axis=1).ravel())
            else:
                # The amplifier takes from its node what leaves behind it, over its gain.
                branches += list(-synapses[k].T * self.network.return_of(k))
            found[name] = np.sum(branches, axis=0), np.abs(branches).sum(axis=0)
        return found

    def balance(self, volts: Mapping[str, Reals]) -> float:
        """Return the largest current that fails to balance, relative to the currents at its node.

        Through the only synapse of a node nothing flows but rounding: least of all, it is relative
        to a hundredth of what the node's voltage would send through its synapses. A node where no
        current flows at all is in balance.
        """
        worst = []
        for k, (name, (total, size)) in enumerate(self.currents(volts).items(), start=1):
            sent = LEAST * self._load(k) * np.abs(volts[name])
            whole = np.maximum(size, sent)
            worst.append((np.abs(total) / np.where(whole > 0, whole, 1.0)).max())
        return float(np.max(worst))

    def _load(self, layer: int) -> Reals:
        """Return the conductance of all synapses at each node of a free layer, S."""
        before, *behind = self.network.conductances[layer - 1 : layer + 1]
        found: Reals = before.sum(axis=0, dtype=float)
        return found + behind[0].sum(axis=1, dtype=float) if behind else found

    def power(self, volts: Mapping[str, Reals]) -> float:
        """Return what inputs, amplifiers, rails and nudge deliver into the circuit, W.

        The rail of a diode is at +V_r where its current flows into the node, at -V_r otherwise.
        """
        synapses = self._synapses(volts)
        total = float(self.clamped @ synapses[0].sum(axis=1))
        for k, leaving in enumerate(synapses[1:], start=1):
            here, current = volts[layer_names(self.network)[k]], leaving.sum(axis=1)
            delivered = (self.network.gain_of(k) * here) @ current
            total += float(delivered - here @ (current * self.network.return_of(k)))
        if self.network.diode is not None:
            for k, name in enumerate(layer_names(self.network)[1:-1], start=1):
                current = self._diodes(k, volts[name]) * self.network.polarity(k)
                total += self.network.diode.rail * float(current.sum())
        out = volts["out"]
        return total + float((out[0::2] - out[1::2]) @ self._nudge(volts))


def gradient_of_drops(
    network: ResistiveNetwork, clamped: Reals, volts: Mapping[str, Reals], betas: Reals
) -> dict[str, Reals]:
    """Return equilibrium propagation's gradient of the cost in every conductance, per S.

    dC/dg = [dv^2 (beta_1) - dv^2 (beta_2)] / (2 (beta_1 - beta_2)), dv the drop across the synapse
    in V (Kendall et al. 2020, arXiv:2006.01981, theorem 1), in units of the nudge's conductance
    and of the output gain, and as all behind an amplifier weighs.

    ``clamped`` (2 inputs + 2,), V; ``volts`` (P, n): of the free layers, a row a phase, V;
    ``betas`` (P,): the last two phases are compared.
    """
    names = layer_names(network)
    lines = [np.tile(clamped, (len(betas), 1)), *(volts[name] for name in names[1:])]
    unit = network.nudge_conductance * network.output_gain**2 * network.weights[-1]
    gradient = {}
    for k, name in enumerate(network.parameters):
        driven = network.gain_of(k) * lines[k]
        if network.arrays:
            ports = driven[-2:], lines[k + 1][-2:]
            change = network.arrays[k].products(ports, np.array([1.0, -1.0]))
        else:
            drop = driven[:, :, None] - lines[k + 1][:, None, :]
            change = drop[-2] ** 2 - drop[-1] ** 2
        share = network.weights[k] / unit
        gradient[name] = share * change / (2.0 * (betas[-2] - betas[-1]))
    return gradient
