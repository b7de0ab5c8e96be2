"""Neurons as Brian2 code: activity and nudged potential, from what each neuron's cell says.

Where v + k sigma(v) = u has a closed form, the cell brings it; elsewhere it is solved by Newton
steps inside a bracket.
"""

from neuroep.errors import InputError
from neuroep.hardware.neurons.catalogue import neuron_cell
from neuroep.network.hopfield.neurons import Neurons

NEWTON_STEPS = 25


def activity_of(layer: Neurons, potential: str) -> str:
    """Return sigma(potential) as an expression; an InputError where its cell says none."""
    activity = neuron_cell(layer).activity
    if not activity:
        raise InputError(f"layer {layer.name!r}: {type(layer).__name__} has no Brian2 view")
    return activity.format(x=potential)


def nudged_potential(layer: Neurons) -> str:
    """Return code that sets ``x`` to the solution of x + k sigma(x) = u.

    This is where the nudge cell, a current beta (y - s) into each output, holds the neuron.
    """
    found, activity = neuron_cell(layer), activity_of(layer, "x")
    if found.nudged:
        return found.nudged
    if not found.slope:
        raise InputError(f"layer {layer.name!r}: {type(layer).__name__} has no nudged Brian2 view")
    # The root lies within |k| max |sigma| of u, and well within the bracket. Newton's step
    # counts where it stays inside and halves the last one, for it can swing for ever between the
    # flat ends of a sigmoid, or where only rounding is left. Not x = u at first: Brian2's numpy
    # code would then change u with x.
    step = f"""
s_x = {activity}
miss = x + k * s_x - u
high = int(miss > 0) * x + int(miss <= 0) * high
low = int(miss <= 0) * x + int(miss > 0) * low
step = x - miss / (1 + k * ({found.slope}))
good = int(step >= low) * int(step <= high) * int(abs(step - x) <= 0.5 * abs(last) + 1e-14)
last = good * step + (1 - good) * 0.5 * (low + high) - x
x = x + last
"""
    reach = 1.5 * layer.full_scale
    start = f"""
low = u - {reach} * abs(k)
high = u + {reach} * abs(k)
x = 0.5 * (low + high)
last = high - low
"""
    return start + NEWTON_STEPS * step
