"""The cost on the nudged layer: its value, and how it turns a layer's current into a nudged one."""

import math

from neuroep.core.jit import inlined
from neuroep.core.tables import (
    CLASSES,
    COST_KIND,
    CROSS_ENTROPY,
    READOUT_BIAS,
    READOUT_WEIGHT,
    SQUARED_ERROR,
)


@inlined
def readout(cost, weights, activity, logits):
    """Write W^T s + b into ``logits`` (classes,); W (n, classes)."""
    classes = cost[CLASSES]
    for j in range(classes):
        logits[j] = weights[cost[READOUT_BIAS] + j]
    for i in range(activity.size):
        begin = cost[READOUT_WEIGHT] + i * classes
        for j in range(classes):
            logits[j] += activity[i] * weights[begin + j]


@inlined
def softmax_in_place(logits):
    """Turn logits into probabilities; return their log-sum-exp."""
    peak = logits[0]
    for j in range(1, logits.size):
        peak = max(peak, logits[j])
    norm = 0.0
    for j in range(logits.size):
        logits[j] = math.exp(logits[j] - peak)
        norm += logits[j]
    for j in range(logits.size):
        logits[j] /= norm
    return peak + math.log(norm)


@inlined
def cost_value(cost, weights, activity, target, logits):
    """Return C of one example: |s - y|^2 / 2, or -sum_j y_j log softmax(W^T s + b)_j."""
    total = 0.0
    if cost[COST_KIND] == SQUARED_ERROR:
        for i in range(activity.size):
            total += 0.5 * (activity[i] - target[i]) ** 2
    elif cost[COST_KIND] == CROSS_ENTROPY:
        readout(cost, weights, activity, logits)
        mass = 0.0
        for j in range(logits.size):
            total -= target[j] * logits[j]
            mass += target[j]
        total += mass * softmax_in_place(logits)
    return total


@inlined
def nudge_drive(cost, weights, activity, target, beta, curvature, implicit, drive, logits):
    """Turn the current u of the nudged layer into the right side of v + k sigma(v) = drive.

    Returns the stiffness k. The squared error is met exactly: k = beta, drive = u + beta y. Cross
    entropy is replaced by its quadratic upper bound at the present activity when beta > 0 and by
    its tangent when beta < 0 (there -C is concave), so that no step raises the total energy.
    With ``implicit`` false, the explicit step drive = u - beta dC/ds of the seed paper.
    """
    if beta == 0.0:
        return 0.0
    if cost[COST_KIND] == SQUARED_ERROR:
        for i in range(drive.size):
            drive[i] += beta * (target[i] if implicit else target[i] - activity[i])
        return beta if implicit else 0.0
    stiffness = beta * curvature if implicit and beta > 0.0 else 0.0
    readout(cost, weights, activity, logits)
    softmax_in_place(logits)
    mass = 0.0
    for j in range(logits.size):
        mass += target[j]
    stiffness *= mass
    for i in range(drive.size):
        begin = cost[READOUT_WEIGHT] + i * logits.size
        slope = 0.0
        for j in range(logits.size):
            slope += weights[begin + j] * (mass * logits[j] - target[j])
        drive[i] += stiffness * activity[i] - beta * slope
    return stiffness
