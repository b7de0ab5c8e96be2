"""What a batch of inputs clamps: stored patterns, and the constant currents they cause."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core import tables
from neuroep.core.buffers import zeros
from neuroep.core.tables import Floats, Ints
from neuroep.core.threads import chunks, one_blas_thread, run_chunks
from neuroep.network.hopfield.clamped import Clamped, sinusoidal_positions
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.wiring import Plan, plan_of
from neuroep.network.inputs import Input, Sequences
from neuroep.network.parameters import Stamp, real_numbers


@dataclass(frozen=True, repr=False)
class Drive:
    """A batch of clamped inputs, ready to settle while the parameters are what they are.

    ``sequences``: the packed input of each clamped layer; ``values``: its rows after look-up and
    position code, (total, dim); ``current``: flat constant currents of ``count`` examples;
    ``stamp``: of the parameters that went into values and currents.
    """

    plan: Plan
    sequences: dict[str, Sequences]
    values: dict[str, Floats]
    current: Floats
    count: int
    stamp: Stamp

    def __repr__(self) -> str:
        inputs = ", ".join(f"{name} {len(x.rows)} rows" for name, x in self.sequences.items())
        return f"Drive({self.count} examples: {inputs or 'no inputs'}; {self.current.dtype})"

    def check(self, network: Network) -> None:
        """Check that a network can be settled with it.

        Raises
        ------
        ValueError
            Another network, or layers, couplings or parameters have changed since.
        """
        if self.plan.network is not network or network.plan is not self.plan:
            raise ValueError(
                "the drive was made for another network, or the network has changed since"
            )
        self.stamp.check(network.parameters)

    def rows_of(self, name: str, example: int) -> Floats:
        """Return the rows of a clamped layer that are one example's, (length, dim)."""
        begin, end = self.sequences[name].offsets[example : example + 2]
        return self.values[name][begin:end]

    def used_units(self, name: str) -> Ints:
        """Return how many leading units of a layer are not padding, (B,)."""
        network = self.plan.network
        layer, width = network.layers[name], network.shape(name)[1]
        return np.array([layer.used_rows(self, e) for e in range(self.count)]) * width

    def inputs(self, rows: Ints) -> tables.Inputs:
        """Return the kernel's view, for settled examples that use these drive rows (B,)."""
        names = self.plan.network.clamped
        dtype = self.current.dtype
        starts = np.zeros((len(names), self.count), np.int64)
        lengths = np.zeros((len(names), self.count), np.int64)
        begin = 0
        for i, name in enumerate(names):
            sequences = self.sequences[name]
            starts[i] = begin + sequences.offsets[:-1] * self.values[name].shape[1]
            lengths[i] = sequences.lengths
            begin += self.values[name].size
        if len(names) == 1:
            patterns = self.values[names[0]].reshape(-1)
        else:
            patterns = np.concatenate(
                [*(v.ravel() for v in self.values.values()), np.empty(0, dtype)]
            )
        return tables.Inputs(self.current, patterns, starts, lengths, rows, self.count)


def as_sequences(name: str, layer: Clamped, given: Input) -> Sequences:
    """Return any accepted form of input as packed sequences.

    Accepted: Sequences; values (B, dim) for a one-row layer; values (B, tokens, dim); ids
    (B, tokens).

    Raises
    ------
    ValueError
        Naming the layer: wrong width, too many rows, an id outside the table, bad offsets.
    """
    if not isinstance(given, Sequences):
        array = np.asarray(given)
        if not layer.vocabulary and layer.tokens == 1 and array.ndim == 2:
            array = array[:, None, :]
        if array.ndim != (2 if layer.vocabulary else 3):
            raise ValueError(f"input {name!r}: unexpected shape {array.shape}")
        offsets = np.arange(array.shape[0] + 1, dtype=np.int64) * array.shape[1]
        given = Sequences(array.reshape(-1, *array.shape[2:]), offsets)
    rows, offsets = given.rows, given.offsets
    if offsets.size < 1 or offsets[0] != 0 or offsets[-1] != len(rows) or (given.lengths < 0).any():
        raise ValueError(f"input {name!r}: offsets do not partition its {len(rows)} rows")
    if (given.lengths > layer.tokens).any():
        raise ValueError(
            f"input {name!r}: a sequence of {given.lengths.max()} rows in a layer of {layer.tokens}"
        )
    if layer.vocabulary:
        if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
            raise ValueError(f"input {name!r}: ids must be a vector of integers")
        if rows.size and not 0 <= rows.min() <= rows.max() < layer.vocabulary:
            raise ValueError(f"input {name!r}: an id outside 0..{layer.vocabulary - 1}")
    elif rows.ndim != 2 or rows.shape[1] != layer.dim:
        raise ValueError(
            f"input {name!r}: rows of shape {rows.shape[1:]}, the layer has {layer.dim}"
        )
    return given


ROWS = 4096
"""Rows that one thread looks up at a time."""


def looked_up_rows(table: Floats, ids: Ints) -> Floats:
    """Return the rows (total, dim) of a table that some ids name, each within it."""
    rows: Floats = np.empty((len(ids), table.shape[1]), table.dtype)

    def work(first: int, last: int) -> None:
        # With a mode other than "raise" numpy writes to where it shall, without a copy.
        np.take(table, ids[first:last], axis=0, out=rows[first:last], mode="clip")

    run_chunks(work, chunks(len(ids), ROWS))
    return rows


def make_drive(
    network: Network, inputs: Mapping[str, Input] | Input, *, sample: bool = False
) -> Drive:
    """Clamp a batch of inputs.

    Parameters
    ----------
    network : Network
    inputs : dict
        One entry for each clamped layer; see :func:`as_sequences` for the forms. The entry itself
        will do where only one layer is clamped.
    sample : bool
        Whether a few thousand numbers of each large parameter, and the count of what learning has
        granted, shall do to tell later that the drive is out of date.

    Returns
    -------
    Drive

    Raises
    ------
    ValueError
        An input is missing, unknown, of the wrong shape or dtype, or not finite; inputs disagree
        on the batch.
    """
    plan = plan_of(network)
    parameters = network.parameters
    dtype = parameters.flat.dtype
    if not isinstance(inputs, Mapping):
        if len(network.clamped) != 1:
            raise ValueError(f"inputs: needs one entry for each of {', '.join(network.clamped)}")
        inputs = {network.clamped[0]: inputs}
    missing = set(network.clamped) ^ set(inputs)
    if missing:
        raise ValueError(
            f"input {sorted(missing)[0]!r}: must be given for exactly the clamped layers"
        )
    sequences: dict[str, Sequences] = {}
    values: dict[str, Floats] = {}
    looked_up: dict[str, np.ndarray] = {}
    for name, layer in network.inputs.items():
        packed = as_sequences(name, layer, inputs[name])
        sequences[name] = packed
        if layer.vocabulary:
            rows = looked_up_rows(parameters[layer.patterns], packed.rows)
            used = looked_up.setdefault(layer.patterns, np.zeros(layer.vocabulary, bool))
            used[packed.rows] = True
        else:
            rows = real_numbers(f"input {name!r}", packed.rows, dtype)
        if layer.position == "sinusoidal":
            code = layer.position_scale * sinusoidal_positions(layer.tokens, layer.dim)
            rows = rows + code[packed.places].astype(dtype)
        values[name] = np.ascontiguousarray(rows)
    counts = {len(packed.offsets) - 1 for packed in sequences.values()} or {1}
    if len(counts) > 1:
        raise ValueError(f"inputs disagree on the number of examples: {sorted(counts)}")
    count = counts.pop()
    if count == 0:
        raise ValueError("inputs hold no example")
    current = zeros(count * plan.units, dtype)
    for name in plan.names:
        if constant := network.layers[name].constant:
            plan.view(current, name)[:] = parameters[constant].ravel()
    couplings = [c for c in network.couplings if c.source in values]
    whole = [layer.constant for layer in network.layers.values() if layer.constant]
    whole += [c.name for c in couplings]
    read = dict.fromkeys(whole) | {name: np.flatnonzero(used) for name, used in looked_up.items()}
    stamp = Stamp.of(parameters, read, sample)
    drive = Drive(plan, sequences, values, current, count, stamp)
    if couplings:
        parameters = network.effective
    with one_blas_thread():
        for c in couplings:
            _add_clamped_current(drive, c.source, c.target, c.shared, parameters[c.name])
    return drive


def _add_clamped_current(drive: Drive, source: str, target: str, shared: bool, w: Floats) -> None:
    rows, sequences = drive.values[source], drive.sequences[source]
    current = drive.plan.view(drive.current, target)
    if shared:
        by_row = current.reshape(drive.count, -1, w.shape[1])
        by_row[sequences.examples, sequences.places] += rows @ w
    elif w.shape[0] == rows.shape[1]:
        current[sequences.examples] += rows @ w
    else:
        for e in range(drive.count):
            flat = drive.rows_of(source, e).ravel()
            current[e] += flat @ w[: flat.size]
