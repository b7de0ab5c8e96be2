"""Event-driven synapses: each spike adds its row of weights to the currents of its receivers."""

from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import FROM, N_FROM, N_TO, OFFSET, SIZE, TO, TRANSPOSED, WEIGHT

LOOK = 32
"""Lines at a time that are looked through for spikes, or passed over where all are silent."""

TILE = 64
"""Rows of a matrix at a time while it is transposed: each line of the cache is met once."""

CHUNK = 1024
"""Receivers at a time: their currents stay in the first cache while rows are added to them."""


@kernel
def transpose(matrix, turned):
    """Write the transpose of a matrix (n, m) into ``turned`` (m, n)."""
    for begin in range(0, matrix.shape[0], TILE):
        rows = matrix[begin : begin + TILE]
        for j in range(rows.shape[1]):
            into = turned[j, begin : begin + TILE]
            for i in range(rows.shape[0]):
                into[i] = rows[i, j]


@inlined
def list_spikes(wiring, spikes, fired, fired_start):
    """List the lines that spike, layer by layer: layer k's are fired[start[k] : start[k + 1]].

    ``fired`` has room for one line more than there are.
    """
    total = 0
    for k in range(wiring.layers.shape[0]):
        fired_start[k] = total
        begin = wiring.layers[k, OFFSET]
        own = spikes[begin : begin + wiring.layers[k, SIZE]]
        for low in range(0, own.size, LOOK):
            part = own[low : low + LOOK]
            sent = spikes.dtype.type(0.0)
            for i in range(part.size):
                sent += abs(part[i])
            if sent == 0.0:
                continue
            for i in range(part.size):
                fired[total] = begin + low + i
                total += part[i] != 0
    fired_start[wiring.layers.shape[0]] = total


@inlined
def add_rows(lines, packets, begin, n_out, matrix, low, to):
    """Add packet * W[line - begin] for the lines of a list to a part of what they reach.

    ``to``: receivers from ``low`` on. Eight lines at a time, then four: currents are loaded and
    stored once for all of them.
    """
    n = to.size
    at = low - begin * n_out
    k = 0
    while k + 8 <= lines.size:
        i = lines[k : k + 8]
        a, b, c, d = packets[i[0]], packets[i[1]], packets[i[2]], packets[i[3]]
        e, f, g, h = packets[i[4]], packets[i[5]], packets[i[6]], packets[i[7]]
        u = matrix[at + i[0] * n_out : at + i[0] * n_out + n]
        v = matrix[at + i[1] * n_out : at + i[1] * n_out + n]
        w = matrix[at + i[2] * n_out : at + i[2] * n_out + n]
        x = matrix[at + i[3] * n_out : at + i[3] * n_out + n]
        p = matrix[at + i[4] * n_out : at + i[4] * n_out + n]
        q = matrix[at + i[5] * n_out : at + i[5] * n_out + n]
        r = matrix[at + i[6] * n_out : at + i[6] * n_out + n]
        s = matrix[at + i[7] * n_out : at + i[7] * n_out + n]
        for j in range(n):
            four = (a * u[j] + b * v[j]) + (c * w[j] + d * x[j])
            to[j] += four + ((e * p[j] + f * q[j]) + (g * r[j] + h * s[j]))
        k += 8
    while k + 4 <= lines.size:
        i = lines[k : k + 4]
        a, b, c, d = packets[i[0]], packets[i[1]], packets[i[2]], packets[i[3]]
        u = matrix[at + i[0] * n_out : at + i[0] * n_out + n]
        v = matrix[at + i[1] * n_out : at + i[1] * n_out + n]
        w = matrix[at + i[2] * n_out : at + i[2] * n_out + n]
        x = matrix[at + i[3] * n_out : at + i[3] * n_out + n]
        for j in range(n):
            to[j] += (a * u[j] + b * v[j]) + (c * w[j] + d * x[j])
        k += 4
    while k < lines.size:
        a = packets[lines[k]]
        u = matrix[at + lines[k] * n_out : at + lines[k] * n_out + n]
        for j in range(n):
            to[j] += a * u[j]
        k += 1


@inlined
def add_packets(senders, packets, begin, there, n_in, n_out, limit, matrix, current):
    """Add packet * W[unit] to the receiving row of every line in ``senders``.

    Receivers beyond the first ``limit`` of a row are padding.
    """
    first = 0
    while first < senders.size:
        row = (senders[first] - begin) // n_in
        beyond = begin + (row + 1) * n_in
        last = first + 1
        while last < senders.size and senders[last] < beyond:
            last += 1
        own = senders[first:last]
        for low in range(0, limit, CHUNK):
            start = there + row * n_out + low
            part = current[start : start + min(CHUNK, limit - low)]
            add_rows(own, packets, beyond - n_in, n_out, matrix, low, part)
        first = last


@inlined
def transmit(wiring, weights, transposed, used, packets, fired, fired_start, current):
    """Add W times its packet for every spike to the lines it reaches.

    ``packets`` (n,): what a spike of each line adds to a current per unit weight, its sign
    included; ``used`` (layers,): units that are no padding.
    """
    for c in range(wiring.couplings.shape[0]):
        coupling = wiring.couplings[c]
        a, b = coupling[FROM], coupling[TO]
        n_a, n_b = coupling[N_FROM], coupling[N_TO]
        begin_a, begin_b = wiring.layers[a, OFFSET], wiring.layers[b, OFFSET]
        there = weights[coupling[WEIGHT] : coupling[WEIGHT] + n_a * n_b]
        back = transposed[coupling[TRANSPOSED] : coupling[TRANSPOSED] + n_a * n_b]
        senders = fired[fired_start[a] : fired_start[a + 1]]
        add_packets(senders, packets, begin_a, begin_b, n_a, n_b, min(n_b, used[b]), there, current)
        senders = fired[fired_start[b] : fired_start[b + 1]]
        add_packets(senders, packets, begin_b, begin_a, n_b, n_a, min(n_a, used[a]), back, current)
