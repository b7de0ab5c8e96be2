"""Event-driven synapses: each spike adds its row of weights to the currents of its receivers."""

from neuroep.core.jit import kernel
from neuroep.core.tables import FROM, N_FROM, N_TO, OFFSET, SIZE, TO, TRANSPOSED, WEIGHT

CHUNK = 1024
"""Receivers at a time: their currents stay in the first cache while rows are added to them."""


@kernel
def list_spikes(wiring, spikes, fired, fired_start):
    """List the lines that spike, layer by layer: layer k's are fired[start[k] : start[k + 1]].

    ``fired`` has room for one line more than there are.
    """
    total = 0
    for k in range(wiring.layers.shape[0]):
        fired_start[k] = total
        begin = wiring.layers[k, OFFSET]
        own = spikes[begin : begin + wiring.layers[k, SIZE]]
        for i in range(own.size):
            fired[total] = begin + i
            total += own[i] != 0
    fired_start[wiring.layers.shape[0]] = total


@kernel
def add_rows(lines, packets, first, last, begin, n_in, n_out, matrix, low, to):
    """Add packet * W[line] for the lines first..last of a list to what part of its row reaches.

    ``to`` are receivers from ``low`` on. Four lines at a time: currents are loaded and stored once
    for all of them.
    """
    n = to.size
    k = first
    while k + 4 <= last:
        i0, i1, i2, i3 = lines[k], lines[k + 1], lines[k + 2], lines[k + 3]
        p0, p1, p2, p3 = packets[i0], packets[i1], packets[i2], packets[i3]
        at = (i0 - begin) % n_in * n_out + low
        w0 = matrix[at : at + n]
        at = (i1 - begin) % n_in * n_out + low
        w1 = matrix[at : at + n]
        at = (i2 - begin) % n_in * n_out + low
        w2 = matrix[at : at + n]
        at = (i3 - begin) % n_in * n_out + low
        w3 = matrix[at : at + n]
        for j in range(n):
            to[j] += (p0 * w0[j] + p1 * w1[j]) + (p2 * w2[j] + p3 * w3[j])
        k += 4
    while k < last:
        i0 = lines[k]
        p0 = packets[i0]
        at = (i0 - begin) % n_in * n_out + low
        w0 = matrix[at : at + n]
        for j in range(n):
            to[j] += p0 * w0[j]
        k += 1


@kernel
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
        to = current[there + row * n_out : there + row * n_out + limit]
        for low in range(0, limit, CHUNK):
            part = to[low : low + CHUNK]
            add_rows(senders, packets, first, last, begin, n_in, n_out, matrix, low, part)
        first = last


@kernel
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
