"""The exact gradient of the cost through the fixed point, by implicit differentiation."""

import numpy as np

from neuroep.network.hopfield.attention import Attention
from reference.example import Example, State
from reference.neurons import NEURONS


def flat(state: State, names: list[str]) -> np.ndarray:
    return np.concatenate([state[name].ravel() for name in names])


def coupling_matrix(example: Example) -> np.ndarray:
    """Return d(currents)/d(activities), (n, n): the Hessian of Phi, column by column."""
    sizes = [int(np.prod(example.shape(name))) for name in example.names]
    columns = []
    for unit in np.eye(sum(sizes)):
        parts = np.split(unit, np.cumsum(sizes)[:-1])
        s = {k: x.reshape(example.shape(k)) for k, x in zip(example.names, parts, strict=True)}
        columns.append(flat({k: example.received(s, k) for k in example.names}, example.names))
    return np.array(columns).T


def activation_slope(example: Example, v: State) -> np.ndarray:
    """Return d(sigma)/dv, (n, n): diagonal for neurons, c (X^T diag(p) X - s s^T) for attention."""
    blocks = []
    for name in example.names:
        layer = example.network.layers[name]
        if isinstance(layer, Attention):
            p, x = example.attention(name, v[name])
            for row in p:
                s = row @ x
                c = layer.inverse_temperature
                blocks.append(c * (x.T @ np.diag(row) @ x - np.outer(s, s)))
        else:
            neuron = NEURONS[type(layer).__name__]
            blocks += [np.diag(neuron.slope(v[name].ravel(), layer.gain))]
    size = sum(len(b) for b in blocks)
    matrix = np.zeros((size, size))
    begin = 0
    for b in blocks:
        matrix[begin : begin + len(b), begin : begin + len(b)] = b
        begin += len(b)
    return matrix


def exact_gradient(example: Example, v: State) -> dict[str, np.ndarray]:
    """Return dC/d(parameter) of one example at its free fixed point v.

    s = sigma(A s + constant): with D = dsigma/dv, lambda = (1 - A D)^-1 dC/ds and mu = D lambda,
    a current that a parameter adds to unit i counts mu_i; stored patterns also count directly.
    """
    network, names = example.network, example.names
    s = example.activities(v)
    d = activation_slope(example, v)
    cost_slope = {k: np.zeros(example.shape(k)) for k in names}
    output = str(network.cost.layer)
    cost_slope[output] = example.cost_slope(s[output].ravel()).reshape(1, -1)
    lam = np.linalg.solve(np.eye(len(d)) - coupling_matrix(example) @ d, flat(cost_slope, names))
    sizes = np.cumsum([s[k].size for k in names])[:-1]
    shaped = [
        {k: part.reshape(s[k].shape) for k, part in zip(names, np.split(x, sizes), strict=True)}
        for x in (lam, d @ lam)
    ]
    lam_of, mu = shaped
    patterns = example.patterns
    on_rows = {name: np.zeros_like(rows) for name, rows in patterns.items()}
    gradient = {name: np.zeros_like(array) for name, array in example.p.items()}
    for k in names:
        for constant in (f"{k}.bias", f"{k}.queries"):
            if constant in gradient:
                gradient[constant] += mu[k].reshape(gradient[constant].shape)
        layer = network.layers[k]
        if isinstance(layer, Attention):
            p, x = example.attention(k, v[k])
            c = layer.inverse_temperature
            for t in range(len(p)):
                for j in range(len(x)):
                    pull = x[j] @ lam_of[k][t] - s[k][t] @ lam_of[k][t]
                    on_rows[layer.stored][j] += p[t, j] * (lam_of[k][t] + c * pull * v[k][t])
    for c in network.couplings:
        w, into = example.p[c.name], gradient[c.name]
        if c.source in patterns:
            x, m = patterns[c.source], mu[c.target]
            if c.shared:
                for t in range(min(len(x), len(m))):
                    into += np.outer(x[t], m[t])
                    on_rows[c.source][t] += w @ m[t]
            else:
                into[: x.size, : m.size] += np.outer(x, m)
                on_rows[c.source] += (w[: x.size, : m.size] @ m.ravel()).reshape(x.shape)
        else:
            for a, b in ((s, mu), (mu, s)):
                if c.shared:
                    for t in range(min(len(a[c.source]), len(b[c.target]))):
                        into += np.outer(a[c.source][t], b[c.target][t])
                else:
                    left, right = a[c.source].ravel(), b[c.target].ravel()
                    into[: left.size, : right.size] += np.outer(left, right)
    for name in network.clamped:
        if network.layers[name].vocabulary:
            given = example.inputs[name]
            ids = given.rows[given.offsets[example.index] : given.offsets[example.index + 1]]
            for t, word in enumerate(ids):
                gradient[f"{name}.patterns"][word] += on_rows[name][t]
    if "readout.weight" in gradient:
        out = s[output].ravel()
        z = out @ example.p["readout.weight"] + example.p["readout.bias"]
        q = np.exp(z - np.logaddexp.reduce(z))
        error = example.target.sum() * q - example.target
        gradient["readout.weight"] += np.outer(out, error)
        gradient["readout.bias"] += error
    return gradient
