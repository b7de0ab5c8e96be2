"""A network of sigma-delta neurons as a Brian2 Network, in volts, amperes and seconds.

Layer by layer one NeuronGroup, in which the examples of a batch are disjoint copies; coupling by
coupling one Synapses object, whose one weight serves both directions, unless devices of the way
back are others. A step runs through ``SCHEDULE``: each name is what happens then.
"""

from typing import Any, cast

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.programs.brian.attention import Attending, ReadOut
from neuroep.hardware.programs.brian.neurons import activity_of, nudged_potential
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.network import Coupling
from neuroep.network.hopfield.neurons import Neurons
from neuroep.network.hopfield.wiring import Plan
from neuroep.settle.hopfield.prepare import Job
from neuroep.settle.hopfield.spiking import Spiking

SCHEDULE = [
    "start",
    *(f"read_out_{part}" for part in ("score", "weigh", "norm", "share", "read")),
    "activate",
    *(f"attend_{part}" for part in ("score", "weigh", "norm", "share", "read")),
    "encode",
    "thresholds",
    "synapses",
    "resets",
    "groups",
    "end",
]

DRAWN = """
volts : volt (constant)
argument : 1 (constant)
shift : 1 (constant)
scale : 1 (constant)
"""
"""What units of a drawn chip have of their own: s = scale sigma(argument v/volts + shift)."""

LINES = """
v : volt
s : 1
dcurrent/dt = (received - current) / tau : amp
received : amp
constant : amp
quantum : 1
inverse_quantum : 1
charge : 1
spike_count : integer
saturated : integer
mean_v : volt
mean_s : 1
"""
ENCODE = """
rate = s * inverse_quantum
charge += rate
saturated += int(abs(rate) > most)
"""
FINISH = """
charge = clip(charge, -rail, rail)
received = 0 * amp
mean_v += share(t) * v
mean_s += share(t) * s
"""
MOST, RAIL = float(np.float32(1.000001)), 1.5


class BrianNetwork:
    """One Brian2 Network for batches of a size, reused over samples.

    ``batch``: settled examples, phases included; ``weighting`` (steps,): of every step in the
    averages; ``stored``: most patterns of an example, by clamped layer; ``recorded``: examples
    whose potentials and spikes are kept. In ``groups``, by layer, unit n of example e is neuron
    e * size + n; ``synapses`` are by coupling.
    """

    def __init__(
        self,
        plan: Plan,
        circuit: Circuit,
        options: Spiking,
        batch: int,
        weighting: Reals,
        stored: dict[str, int],
        recorded: tuple[int, ...] = (),
    ) -> None:
        from brian2 import Network, TimedArray, amp, second

        self.plan, self.circuit, self.batch, self.recorded = plan, circuit, batch, recorded
        self.options, self.steps, self.stored = options, weighting.size, stored
        self.time_step = options.time_step * second
        self.share = TimedArray(weighting, dt=self.time_step)
        self.unit_current = circuit.chip.unit_current * amp
        self.network = Network()
        self.network.schedule = SCHEDULE
        self.groups: dict[str, Any] = {name: self._group(name) for name in plan.names}
        self.synapses: dict[str, Any] = {
            c.name: self._coupling(c) for c in plan.network.couplings if c.source in plan.index
        }
        self.attending: dict[str, Attending] = {}
        for name in plan.names:
            layer = plan.network.layers[name]
            if layer.stored:
                self.attending[name] = Attending(self, name, cast(Attention, layer))
        cost = plan.network.cost
        self.read_out = ReadOut(self, str(cost.layer)) if cost and circuit.has_readout else None
        self.monitors = {name: self._monitors(name) for name in plan.names} if recorded else {}

    def add(self, thing: Any) -> Any:
        """Add a Brian2 object to the network and return it."""
        self.network.add(thing)
        return thing

    def volts(self, name: str) -> Any:
        """Return the membrane voltage of a unit potential in a layer."""
        from brian2 import volt

        return self.circuit.layers[name].volts * volt

    # Building

    def _group(self, name: str) -> Any:
        from brian2 import NeuronGroup, second

        neurons = self._neurons(name)
        signed = neurons is None or neurons.signed
        group = NeuronGroup(
            self.batch * self.plan.sizes[self.plan.index[name]],
            LINES
            + (self._nudge_inputs(name) if neurons else "use : 1\nquery : 1\n")
            + (DRAWN if self.plan.network.drawn.get(name) else ""),
            threshold="charge >= 0.5",
            reset="charge -= 1\nspike_count += 1",
            events={"down": "charge < -0.5"} if signed else {},
            method="exact",
            dt=self.time_step,
            namespace={
                "tau": self.options.time_constant * second,
                "share": self.share,
                **({} if name in self.plan.network.drawn else {"volts": self.volts(name)}),
                "unit_current": self.unit_current,
                "reach": self.plan.network.reach.get(name, np.inf),
                "gain": neurons.gain if neurons else 1.0,
                "most": MOST,
                "rail": RAIL,
            },
        )
        if signed:
            group.run_on_event("down", "charge += 1\nspike_count += 1", when="resets")
        group.run_regularly(self._activate(name), when="activate", dt=self.time_step)
        group.run_regularly(ENCODE, when="encode", dt=self.time_step)
        group.run_regularly(FINISH, when="end", dt=self.time_step)
        if name in self.plan.network.drawn:
            self._draw(name, group)
        return self.add(group)

    def _draw(self, name: str, group: Any) -> None:
        """Set what units of a drawn chip have of their own."""
        units = self.plan.network.drawn[name]
        own = 1.0 / units.leak, units.offset, units.gain * units.line
        if neurons := self._neurons(name):
            constants = neurons.drawn_constants(units, neurons.kernel_constants())
            own = constants[:, 0], constants[:, 1], constants[:, 2]
        group.volts[:] = np.tile(self.volts(name), self.batch)
        for key, values in zip(("argument", "shift", "scale"), own, strict=True):
            getattr(group, key)[:] = np.tile(values, self.batch)

    def _neurons(self, name: str) -> Neurons | None:
        """Return a layer of neurons, None for attention."""
        layer = self.plan.network.layers[name]
        return None if layer.stored else cast(Neurons, layer)

    def _nudge_inputs(self, name: str) -> str:
        cost = self.plan.network.cost
        if cost is None or cost.layer != name:
            return ""
        own = "stiffness : 1\nslope : 1\n" if self.circuit.has_readout else "target : 1\n"
        return "beta : 1\n" + own

    def _activate(self, name: str) -> str:
        """Return code that sets v and s (attention: v only) from the filtered currents."""
        layer, cost = self._neurons(name), self.plan.network.cost
        drawn = name in self.plan.network.drawn
        if layer is None:
            query = "argument * (v / volts) + shift" if drawn else "v / volts"
            return (
                "v = use * volts * ((constant + current) / unit_current)\n"
                f"query = use * clip({query}, -reach, reach)"
            )
        received = "(constant + current) / unit_current"
        if cost is not None and cost.layer == name:
            stiff, pull = "beta", "beta * target"
            if self.circuit.has_readout:
                stiff, pull = "stiffness", "stiffness * s - beta * slope"
            code = f"k = {stiff}\nu = {received}\nu += {pull}\n"
            if drawn:  # the same equation in x' = argument x + shift
                code = f"k = {stiff} * scale * argument\n"
                code += f"u = argument * ({received} + {pull}) + shift\n"
            code += nudged_potential(layer)
            code += f"\nv = volts * {'((x - shift) / argument)' if drawn else 'x'}\n"
        else:
            code = f"u = {received}\nv = volts * u\n"
        if drawn:
            return code + f"s = scale * ({activity_of(layer, '(argument * v / volts + shift)')})"
        return code + f"s = {activity_of(layer, '(v / volts)')}"

    def _coupling(self, c: Coupling) -> Any:
        from brian2 import Synapses, second

        network = self.plan.network
        both = {c.source: "pre", c.target: "post"}
        w = {"pre": "w", "post": "w_back" if network.own_back(c) else "w"}
        events: dict[str, str] = {}
        pathways: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
        for name, here in both.items():
            there = "post" if here == "pre" else "pre"
            layer = self._neurons(name)
            signs = {"spike": "+", "down": "-"}
            if layer is not None and not layer.signed:
                del signs["down"]
            for event, sign in signs.items():
                path = f"{here}_{event}"
                events[path] = event
                pathways[here][path] = (
                    f"received_{there} += {sign}{w[here]} * quantum_{here} * unit_current"
                )
        synapses = Synapses(
            self.groups[c.source],
            self.groups[c.target],
            "".join(f"{kind} : 1\n" for kind in dict.fromkeys(w.values())),
            on_pre=pathways["pre"],
            on_post=pathways["post"],
            on_event=events,
            delay=dict.fromkeys(events, 0 * second),
            dt=self.time_step,
            namespace={"unit_current": self.unit_current},
        )
        n_from, n_to = network.parameters.shapes[c.name]
        self.connect(
            synapses, self.batch * (network.shape(c.source)[0] if c.shared else 1), n_from, n_to
        )
        return self.add(synapses)

    @staticmethod
    def connect(synapses: Any, copies: int, n_from: int, n_to: int) -> None:
        """Connect every pair within each of ``copies`` disjoint copies, row by row of W."""
        copy, i, j = np.indices((copies, n_from, n_to)).reshape(3, -1)
        synapses.connect(i=copy * n_from + i, j=copy * n_to + j)

    def _monitors(self, name: str) -> dict[str, Any]:
        from brian2 import EventMonitor, StateMonitor

        size = self.plan.sizes[self.plan.index[name]]
        group = self.groups[name]
        shown = np.concatenate([np.arange(e * size, (e + 1) * size) for e in self.recorded])
        monitors = {"v": StateMonitor(group, "v", record=shown, when="end", dt=self.time_step)}
        for event in group.events:
            monitors[event] = EventMonitor(group, event)
        for monitor in monitors.values():
            self.add(monitor)
        return monitors

    # Using

    def load(self, job: Job, quanta: Reals, charge: Reals, filtered: Reals) -> None:
        """Set weights, currents, nudge and where everything stands, at time zero.

        ``quanta``, ``charge``, ``filtered`` are flat like a state.
        """
        network, view = self.plan.network, self.plan.view
        for name, group in self.groups.items():
            current = view(job.drive.current, name)[job.inputs.row]
            group.constant[:] = current.ravel() * self.unit_current
            group.current[:] = view(filtered, name).ravel() * self.unit_current
            group.v[:] = (view(job.state.potential, name) * self.volts(name)).ravel()
            group.s[:] = view(job.state.activity, name).ravel()
            group.charge[:] = view(charge, name).ravel()
            group.quantum[:] = view(quanta, name).ravel()
            group.inverse_quantum[:] = 1.0 / view(quanta, name).ravel()
            if network.cost is not None and network.cost.layer == name:
                group.beta[:] = np.repeat(job.beta.ravel(), current.shape[1])
                if not self.circuit.has_readout and job.beta.any():
                    group.target[:] = job.nudge.target[job.inputs.row].ravel()
        for c in network.couplings:
            if c.name in self.synapses:
                synapses, w = self.synapses[c.name], network.effective[c.name]
                copies = len(synapses) // w.size
                synapses.w[:] = np.tile(w.astype(float).ravel(), copies)
                if network.own_back(c):
                    back = network.effective_way_back(c).astype(float)
                    synapses.w_back[:] = np.tile(back.ravel(), copies)
        for attending in self.attending.values():
            attending.load(job)
        if self.read_out is not None:
            self.read_out.load(job)

    def run(self) -> None:
        """Run one phase."""
        self.network.run(self.steps * self.time_step, namespace={})
