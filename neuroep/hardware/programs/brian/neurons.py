"""The neuron cells as Brian2 equations: activity and nudged potential, in the words of its code.

A new neuron type is one more line in ``ACTIVITY``. Where sigma(v) has corners, v + k sigma(v) = u
has a closed form; elsewhere it is solved by Newton steps inside a bracket.
"""

from neuroep.errors import InputError
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh

ACTIVITY: dict[type[Neurons], str] = {
    Linear: "gain * {x}",
    HardSigmoid: "clip(gain * {x}, 0, 1)",
    Tanh: "tanh(gain * {x})",
    # The logistic function of 4 gain (x - 1/2), in a form that cannot overflow.
    Sigmoid: "0.5 * (1 + tanh(2 * gain * ({x} - 0.5)))",
}
SLOPE: dict[type[Neurons], str] = {
    Tanh: "gain * (1 - s_x**2)",
    Sigmoid: "4 * gain * s_x * (1 - s_x)",
}
NEWTON_STEPS = 25


def activity_of(layer: Neurons, potential: str) -> str:
    """Return sigma(potential) as an expression.

    Raises
    ------
    InputError
        A neuron type without a Brian2 view; names the layer.
    """
    if type(layer) not in ACTIVITY:
        raise InputError(f"layer {layer.name!r}: {type(layer).__name__} has no Brian2 view")
    return ACTIVITY[type(layer)].format(x=potential)


def nudged_potential(layer: Neurons) -> str:
    """Return code that sets ``x`` to the solution of x + k sigma(x) = u.

    This is where the nudge cell, a current beta (y - s) into each output, holds the neuron.
    """
    kind = type(layer)
    activity_of(layer, "x")
    if kind is Linear:
        return "x = u / (1 + k * gain)"
    if kind is HardSigmoid:
        return """
x = u / (1 + k * gain)
above = int(gain * x >= 1)
below = int(x <= 0)
x = above * (u - k) + below * u + (1 - above - below) * x
"""
    # |sigma| <= 1, so the root lies within |k| of u, and well within the bracket. Newton's step
    # counts where it stays inside and halves the last one, for it can swing for ever between the
    # flat ends of a sigmoid, or where only rounding is left. Not x = u at first: Brian2's numpy
    # code would then change u with x.
    step = f"""
s_x = {activity_of(layer, "x")}
miss = x + k * s_x - u
high = int(miss > 0) * x + int(miss <= 0) * high
low = int(miss <= 0) * x + int(miss > 0) * low
step = x - miss / (1 + k * ({SLOPE[kind]}))
good = int(step >= low) * int(step <= high) * int(abs(step - x) <= 0.5 * abs(last) + 1e-14)
last = good * step + (1 - good) * 0.5 * (low + high) - x
x = x + last
"""
    start = """
low = u - 1.5 * abs(k)
high = u + 1.5 * abs(k)
x = 0.5 * (low + high)
last = high - low
"""
    return start + NEWTON_STEPS * step
