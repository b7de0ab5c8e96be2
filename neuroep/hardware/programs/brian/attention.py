"""Attention and the softmax read-out as Brian2 groups: scores, a winner-take-all, what it reads.

The branches of a winner-take-all share a node, whose level is the log-sum-exp of their scores
(sub-threshold transistors with one tail current). A branch takes exp(score - level); the level
follows at every reading, so that no exponential overflows however large the scores are.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroep.core.tables import Ints, Reals
from neuroep.network.hopfield.attention import Attention
from neuroep.settle.hopfield.prepare import Job

if TYPE_CHECKING:
    from neuroep.hardware.programs.brian.network import BrianNetwork

BRANCHES = """
tail : 1
score : 1
offset : 1
real : 1
weight : 1
p : 1
target : 1
mass : 1
norm : 1 (linked)
level : 1 (linked)
"""
ROWS = """
norm : 1
level : 1
"""


class WinnerTakeAll:
    """Rows of branches that share out one tail current each; scores come from a pair of arrays.

    ``stage``: prefix of its slots in the schedule; ``every``: time between two readings.
    """

    def __init__(
        self, built: "BrianNetwork", stage: str, rows: int, branches: int, every: Any
    ) -> None:
        from brian2 import NeuronGroup, Synapses, linked_var

        self.rows = built.add(NeuronGroup(rows, ROWS, dt=every))
        self.branches = built.add(NeuronGroup(rows * branches, BRANCHES, dt=every))
        row = np.repeat(np.arange(rows), branches)
        self.branches.norm = linked_var(self.rows, "norm", index=row)
        self.branches.level = linked_var(self.rows, "level", index=row)
        self.branches.run_regularly(
            "weight = real * exp(score + offset - level)", when=f"{stage}_weigh", dt=every
        )
        tail = built.add(
            Synapses(self.branches, self.rows, "norm_post = weight_pre : 1 (summed)", dt=every)
        )
        tail.connect(i=np.arange(row.size), j=row)
        tail.summed_updaters["norm_post"].when = f"{stage}_norm"
        # A row without a branch takes nothing, and its level stays.
        self.branches.run_regularly(
            "p = tail * weight / (norm + int(norm == 0))", when=f"{stage}_share", dt=every
        )
        self.rows.run_regularly(
            "level += log(norm + int(norm == 0))", when=f"{stage}_read", dt=every
        )

    def start(self, scores: Reals, real: Reals, tails: Reals | None = None) -> None:
        """Put the levels where scores (rows, branches) call for them; ``real`` marks branches.

        ``tails`` (rows,): of each row, of what it is designed for.
        """
        self.branches.tail[:] = 1.0 if tails is None else np.repeat(tails, scores.shape[1])
        level = np.zeros(len(scores))
        used = real.any(axis=1)
        with np.errstate(divide="ignore"):
            masked = scores[used] + np.log(real[used])
        level[used] = np.logaddexp.reduce(masked, axis=1) if used.any() else 0.0
        self.rows.level[:] = level
        self.branches.real[:] = real.ravel()


class Attending:
    """The crossbar of stored patterns of one attention layer: the same x asks and is read."""

    def __init__(self, built: "BrianNetwork", name: str, layer: Attention) -> None:
        from brian2 import Synapses

        self.built, self.name, self.layer = built, name, layer
        self.shape = built.plan.network.shape(name)
        self.length = max(1, built.stored[layer.stored])
        rows, width = built.batch * self.shape[0], self.shape[1]
        every = built.options.attention_stride * built.time_step
        self.race = WinnerTakeAll(built, "attend", rows, self.length, every)
        self.drawn = built.plan.network.drawn.get(name)
        self.crossbar = Synapses(
            built.groups[name],
            self.race.branches,
            """x : 1
            score_post = sharpness * x * query_pre : 1 (summed)
            s_pre = x * p_post : 1 (summed)"""
            if self.drawn is None
            else """x : 1
            score_post = sharpness * x * query_pre : 1 (summed)
            s_pre = scale_pre * x * p_post : 1 (summed)""",
            dt=every,
            namespace={"sharpness": layer.inverse_temperature},
        )
        built.connect(self.crossbar, rows, width, self.length)
        self.crossbar.summed_updaters["score_post"].when = "attend_score"
        self.crossbar.summed_updaters["s_pre"].when = "attend_read"
        built.add(self.crossbar)

    def load(self, job: Job) -> None:
        """Write the stored patterns of a batch and mark what is padding."""
        tokens, width = self.shape
        sequences = job.drive.sequences[self.layer.stored]
        values = job.drive.values[self.layer.stored].astype(float)
        patterns = np.zeros((job.batch, tokens, self.length, width))
        real = np.zeros((job.batch, tokens, self.length))
        use = np.zeros((job.batch, tokens))
        in_use = _rows_in_use(job, self.layer, tokens)
        for e, row in enumerate(job.inputs.row):
            stored = values[sequences.offsets[row] : sequences.offsets[row + 1]]
            patterns[e, : in_use[e], : len(stored)] = stored
            real[e, : in_use[e], : len(stored)] = 1.0
            use[e, : in_use[e]] = 1.0
        group = self.built.groups[self.name]
        group.use[:] = np.repeat(use.ravel(), width)
        self.crossbar.x[:] = patterns.swapaxes(2, 3).ravel()
        current = group.constant[:] + group.current[:]
        v = np.asarray(current / self.built.unit_current).reshape(job.batch, tokens, 1, width)
        drawn, tails = self.drawn, None
        if drawn is not None:
            into, offset = (
                part.reshape(tokens, 1, width) for part in (1.0 / drawn.leak, drawn.offset)
            )
            v, tails = into * v + offset, np.tile(drawn.tail, job.batch)
        reach = self.built.plan.network.reach.get(self.name, np.inf)
        v = np.clip(v, -reach, reach)
        scores = self.layer.inverse_temperature * (patterns * v).sum(axis=3)
        if drawn is not None:
            gates = np.zeros((tokens, self.length))
            held = min(self.length, drawn.score.shape[1])
            gates[:, :held] = drawn.score[:, :held]
            scores = scores + gates
            self.race.branches.offset[:] = np.tile(gates.ravel(), job.batch)
        self.race.start(scores.reshape(-1, self.length), real.reshape(-1, self.length), tails)


class ReadOut:
    """The softmax behind the nudged layer, and the slope of the cross-entropy sent back to it."""

    def __init__(self, built: "BrianNetwork", name: str) -> None:
        from brian2 import Synapses

        self.built, self.name = built, name
        self.classes = built.plan.network.outputs
        self.race = WinnerTakeAll(built, "read_out", built.batch, self.classes, built.time_step)
        self.pairs = Synapses(
            built.groups[self.name],
            self.race.branches,
            """w : 1
            score_post = w * s_pre : 1 (summed)
            slope_pre = w * (mass_post * p_post - target_post) : 1 (summed)""",
            dt=built.time_step,
        )
        built.connect(self.pairs, built.batch, built.plan.network.size(self.name), self.classes)
        self.pairs.summed_updaters["score_post"].when = "read_out_score"
        self.pairs.summed_updaters["slope_pre"].when = "read_out_read"
        built.add(self.pairs)

    def load(self, job: Job) -> None:
        """Write the read-out's weights, the targets and the stiffness of the nudge."""
        parameters = job.drive.plan.network.parameters
        w = parameters["readout.weight"].astype(float)
        bias = parameters["readout.bias"].astype(float)
        branches = self.race.branches
        self.pairs.w[:] = np.tile(w.ravel(), job.batch)
        branches.offset[:] = np.tile(bias, job.batch)
        s = job.drive.plan.view(job.state.activity, self.name)
        self.race.start(s @ w + bias, np.ones((job.batch, self.classes)))
        if not job.beta.any():
            return
        target = job.nudge.target[job.inputs.row].astype(float)
        mass = target.sum(axis=1)
        branches.target[:] = target.ravel()
        branches.mass[:] = np.repeat(mass, self.classes)
        # Ours too: positive nudges by the bound on the curvature, negative ones by the tangent.
        stiffness = np.maximum(job.beta.ravel(), 0.0) * job.nudge.curvature * mass
        size = self.built.plan.network.size(self.name)
        self.built.groups[self.name].stiffness[:] = np.repeat(stiffness, size)


def _rows_in_use(job: Job, layer: Attention, tokens: int) -> Ints:
    if not layer.asking:
        return np.full(job.batch, tokens)
    lengths = job.drive.sequences[layer.asking].lengths[job.inputs.row]
    return np.minimum(tokens, lengths)
