"""Adjoints of the kernels that settle: what a change of the cost asks of every earlier step.

A step of a settle takes the layers of a colour class from the activities around them to
v_k = u_k(s) and s_k = sigma_k(v_k). Backwards, the adjoint lambda_k = dC/ds_k becomes
mu_k = sigma_k'(v_k) lambda_k, the adjoint of the current u_k, and the couplings, which are
symmetric, send mu_k to the layers that the current came from.
"""

import numpy as np

from neuroep.core.hopfield.blocks import block, rows_in_use, weight
from neuroep.core.hopfield.layers import (
    ATTENTION_VALUES,
    REACH,
    attention_weights,
    neuron_activity,
    neuron_slope,
    read_lines,
    row_values,
    stored_patterns,
)
from neuroep.core.hopfield.products import readings_of, scores_with
from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import (
    ATTENTION,
    CONSTANTS,
    DRAWN,
    FROM,
    KIND,
    N_FROM,
    N_TO,
    OFFSET,
    ROWS,
    SIZE,
    STORED,
    TO,
    WIDTH,
)

# What an example does in a step backwards.
IDLE = 0  # nothing: its gradient is complete
READ = 1  # its activities are read
BACK = 2  # its adjoint goes through the step
START = 3  # its adjoint has come to the start state, which depends on the stored patterns alone


@inlined
def through_softmax(p, inverse_temperature, tails, pulls):
    """Turn pulls (T, L) into c (diag p - p p^T) pulls in place, row by row.

    ``tails`` (T,): what each row of ``p`` adds up to; empty: 1.
    """
    for t in range(p.shape[0]):
        mean = 0.0
        for j in range(p.shape[1]):
            mean += p[t, j] * pulls[t, j]
        if tails.size > 0:
            mean /= tails[t]
        for j in range(p.shape[1]):
            pulls[t, j] = inverse_temperature * p[t, j] * (pulls[t, j] - mean)


@inlined
def attention_adjoint(
    layer, constants, inputs, row, role, potential, adjoint, current, activity, slope, scratch
):
    """Go backwards through one example's rows of an attention layer, s = softmax(c v X^T) X.

    The Jacobian c X^T (diag p - p p^T) X is symmetric. A stored pattern is value and key at once:
    dC/dX = p^T lambda + g^T v with g = c (diag p - p p^T) X lambda. Padded rows get zeros.

    ``BACK`` writes mu into ``current``, other roles leave it zero. ``activity`` (size,) receives s,
    and to ``slope``, flat like the patterns, dC/dX is added, unless they are empty. ``scratch``:
    at least (rows in use) * (2 * patterns + width) + patterns * width elements.
    """
    patterns = stored_patterns(layer, inputs, row)
    tokens = rows_in_use(layer, inputs, row)
    width = layer[WIDTH]
    size = tokens * width
    current[:] = 0.0
    activity[:] = 0.0
    reading = activity.size > 0
    if role == IDLE or patterns.shape[0] == 0 or size == 0:
        return
    own = constants[layer[CONSTANTS] :]
    p, _, queries = attention_weights(layer, own, inputs, row, potential, scratch)
    if reading:
        readings_of(p, patterns, activity[:size].reshape(tokens, width))
        read_lines(layer, own, activity[:size])
    if role == READ:
        return
    read_lines(layer, own, adjoint[:size])
    asked = adjoint[:size].reshape(tokens, width)
    rest = scratch[p.size + size :]
    pulls = rest[: p.size].reshape(p.shape)
    scores_with(asked, patterns, pulls)
    tails = row_values(layer, own)[0]
    through_softmax(p, own[0], own[tails : tails + tokens * max(layer[DRAWN], 0)], pulls)
    if role == BACK:
        readings_of(pulls, patterns, current[:size].reshape(tokens, width))
        for i in range(size):
            if abs(queries[i]) >= own[REACH]:
                current[i] = 0.0
            elif layer[DRAWN] > 0:
                current[i] *= own[ATTENTION_VALUES + 3 * i]
    if slope.size > 0:
        begin = inputs.start[layer[STORED], row]
        into = slope[begin : begin + patterns.size].reshape(patterns.shape)
        product = rest[p.size : p.size + patterns.size].reshape(patterns.shape)
        np.dot(p.T, asked, product)
        into += product
        # At the start, too: potentials are 0 there, but the queries of a drawn chip have offsets.
        np.dot(pulls.T, queries.reshape(tokens, width), product)
        into += product


@inlined
def neurons_adjoint(layer, constants, role, potential, adjoint, current, activity):
    """Write mu = sigma'(v) lambda of one example's neurons, zero unless ``BACK``, and s."""
    for i in range(potential.size):
        v = float(potential[i])
        if role == BACK:
            current[i] = neuron_slope(layer, constants, i, v) * adjoint[i]
        else:
            current[i] = 0.0
        if activity.size > 0:
            activity[i] = neuron_activity(layer, constants, i, v)


@kernel
def send_back(wiring, weights, inputs, current, batch, k, first, last, adjoint, scratch):
    """Add to all adjoints what layer k's mu asks of them: W mu forwards, W^T mu backwards.

    Of a dense coupling only the rows in use of its source are read. ``scratch`` holds any layer of
    these examples twice.
    """
    layer = wiring.layers[k]
    mu = block(current, batch, layer, first, last)
    for c in range(wiring.couplings.shape[0]):
        coupling = wiring.couplings[c]
        if coupling[TO] != k and coupling[FROM] != k:
            continue
        rows = (last - first) * coupling[ROWS]
        source = wiring.layers[coupling[FROM]]
        used = coupling[N_FROM]
        if coupling[ROWS] == 1:
            used = 0
            for example in range(first, last):
                used = max(used, rows_in_use(source, inputs, inputs.row[example]) * source[WIDTH])
        matrix = weight(weights, coupling)[:used]
        if coupling[TO] == k:
            product = scratch[: rows * used].reshape(rows, used)
            np.dot(mu.reshape(rows, coupling[N_TO]), matrix.T, product)
            into = block(adjoint, batch, source, first, last)
            into.reshape(rows, coupling[N_FROM])[:, :used] += product
        else:
            cut = scratch[: rows * used].reshape(rows, used)
            cut[:] = mu.reshape(rows, coupling[N_FROM])[:, :used]
            into = block(adjoint, batch, wiring.layers[coupling[TO]], first, last)
            product = scratch[cut.size : cut.size + into.size].reshape(rows, coupling[N_TO])
            np.dot(cut, matrix, product)
            into += product.reshape(into.shape)


@kernel
def step_back(
    wiring,
    weights,
    inputs,
    path,
    row,
    role,
    batch,
    first,
    last,
    reading,
    adjoint,
    current,
    activity,
    slope,
    scratch,
):
    """Take the adjoints of examples first..last through one step of a settle, backwards.

    The colour classes come in reverse order: a class's adjoints are those that later classes of
    the same step and all classes of the following step asked for.

    ``path`` (steps, B, units): potentials along the settle; ``row`` (B,): the step of it that each
    example goes through; ``role`` (B,): ``BACK``, ``START``, ``READ`` or ``IDLE``; ``reading``:
    whether to write the activities that belong to the potentials, unless idle. Flat like a state:
    ``adjoint``, lambda after the step on entry, before it on return; ``current`` and ``activity``,
    which receive mu and s of the step. ``slope``: see ``attention_adjoint``. ``scratch`` holds a
    layer of these examples twice, or one example's attention.
    """
    nothing = activity[:0]
    for colour in range(wiring.class_starts.size - 2, -1, -1):
        members = wiring.order[wiring.class_starts[colour] : wiring.class_starts[colour + 1]]
        for k in members:
            layer = wiring.layers[k]
            asked = block(adjoint, batch, layer, first, last)
            mu = block(current, batch, layer, first, last)
            s = block(activity, batch, layer, first, last)
            for r in range(last - first):
                example = first + r
                v = path[row[example], example, layer[OFFSET] : layer[OFFSET] + layer[SIZE]]
                read = s[r] if reading else nothing
                if layer[KIND] == ATTENTION:
                    attention_adjoint(
                        layer,
                        wiring.constants,
                        inputs,
                        inputs.row[example],
                        role[example],
                        v,
                        asked[r],
                        mu[r],
                        read,
                        slope,
                        scratch,
                    )
                else:
                    neurons_adjoint(
                        layer, wiring.constants, role[example], v, asked[r], mu[r], read
                    )
                if role[example] == BACK:
                    asked[r, :] = 0.0
        for k in members:
            send_back(wiring, weights, inputs, current, batch, k, first, last, adjoint, scratch)
