"""ngspice on a bench: operating points, waveforms, and the gradient that it finds by itself."""

import time
from collections.abc import Iterator, Mapping

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.programs.ngspice import available, run_deck
from neuroep.hardware.programs.phases import in_phases
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.programs.spice_spikes import no_spikes, spikes_in_time
from neuroep.hardware.views.bench import Bench, Deck, Synapse
from neuroep.hardware.views.view import View

SMALL_BETA = 0.01
"""Of the estimate that ngspice's own differences are compared with: its bias goes with beta^2."""

DIFFERENCES = 1e-2
"""Relative distance of that estimate from the differences, of each synapse."""

LEAST_SHARE = 1e-4
"""A difference counts relative to itself, or to this share of the largest if more."""

SYNAPSES = 4
"""How many of them are changed by hand: those of the largest gradient, of different couplings."""


class Ngspice:
    """ngspice, as one batch job an analysis."""

    def available(self) -> str:
        """Say how to install it where it is not."""
        return "" if available() else "not found; install it (apt-get install ngspice)"

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        """Yield operating points, waveforms, differences of the cost, and spikes."""
        for view in ngspice_views(bench, timeout=timeout):
            timed = bool(view.waveforms)
            silent = no_spikes(bench) if timed else ""
            yield Answer(view, remarks=(silent,) if silent else ())
        answer = differences(bench, timeout=timeout)
        if answer:
            yield answer
        if spikes := spikes_in_time(bench, timeout):
            yield spikes


def ngspice_views(bench: Bench, *, timeout: float = 120.0) -> Iterator[View]:
    """Settle one input in ngspice, free and nudged: first as operating points, then in time.

    ``timeout``: for each run of ngspice, s.
    """

    def run(deck: Deck) -> Plot:
        (plot,) = run_deck(deck.text, timeout=timeout)
        return plot

    yield from in_phases(bench, "ngspice", run)


def differences(bench: Bench, *, timeout: float = 120.0) -> Answer | None:
    """Let ngspice say by itself how the cost follows a few synapses, without a nudge.

    Conductances in the netlist are changed up and down, the circuit settles, and the cost is read
    from its output lines. Equilibrium propagation's estimate, from ngspice's own nudged states at
    a small beta, must be that. None where there is no gradient to look for.
    """
    begun = time.perf_counter()
    chosen = largest(bench.settled.gradient, bench.couplings)
    if not chosen:
        return None
    guess = bench.join({k: v[0] for k, v in bench.settled.volts.items()})
    betas = SMALL_BETA * np.array([1.0, -1.0])
    readings = []
    for beta in betas:
        deck = bench.deck((".op",), float(beta), guess)
        readings.append(deck.read(*run_deck(deck.text, timeout=timeout)))
    estimate = _entries(bench.gradient(betas, readings), chosen)
    deck, found = bench.deck((".op",), 0.0, guess), np.zeros(len(chosen))
    for k, synapse in enumerate(chosen):
        up, down = bench.changes(synapse)
        above, below = (
            deck.cost(*run_deck(deck.nudge(synapse, by), timeout=timeout)) for by in (up, down)
        )
        found[k] = (above - below) / (up - down)
    seconds = time.perf_counter() - begun
    at_beta = _entries(bench.settled.gradient, chosen)
    apart = float(np.linalg.norm(at_beta - found) / (np.linalg.norm(found) or 1.0))
    names = ", ".join(f"{name}[{i}, {j}]" for name, i, j in chosen)

    def view(name: str, values: Reals) -> View:
        return View(name, bench.betas, {}, {"chosen": values}, None, seconds)

    remarks = [
        f"ngspice by itself: differences of the settled cost at {names} against its own "
        f"estimate at beta = {SMALL_BETA:g}; the estimate at beta = {bench.betas[1]:g} is "
        f"{apart:.2g} off them, relative"
    ]
    if not bench.reciprocal:
        off = float(np.linalg.norm(estimate - found) / (np.linalg.norm(found) or 1.0))
        remarks.append(
            "no energy: couplings of this chip do not act alike both ways, and what it learns from "
            f"is {off:.2g} off the gradient of its cost, relative"
        )
    wrong = bench.reciprocal and not each_within(DIFFERENCES, estimate, found)
    return Answer(
        view("ngspice dC/dg", found),
        view(f"beta {SMALL_BETA:g}", estimate),
        tolerances={"gradient": DIFFERENCES if bench.reciprocal else np.inf, "cosine": None},
        # A dead chip agrees with itself: nothing moves its cost, and nothing its estimate.
        failed=("gradient",) if wrong or not found.any() else (),
        remarks=tuple(remarks),
    )


def each_within(share: float, estimate: Reals, truth: Reals) -> bool:
    """Return whether each slope is as near to its own truth as a share of that truth.

    By itself: couplings far from the outputs have far smaller slopes, nothing in a norm of all.
    """
    sizes = np.maximum(np.abs(truth), LEAST_SHARE * np.abs(truth).max())
    return bool((np.abs(estimate - truth) <= share * sizes).all())


def largest(gradient: Mapping[str, Reals], couplings: list[str]) -> list[Synapse]:
    """Return the synapse of the largest gradient of each coupling, the largest ones first."""
    best = []
    for name in couplings:
        sizes = np.abs(gradient[name])
        i, j = np.unravel_index(int(sizes.argmax()), sizes.shape)
        best.append((float(sizes[i, j]), (name, int(i), int(j))))
    best.sort(key=lambda entry: -entry[0])
    return [synapse for size, synapse in best[:SYNAPSES] if size > 0]


def _entries(gradient: Mapping[str, Reals], chosen: list[Synapse]) -> Reals:
    return np.array([gradient[name][i, j] for name, i, j in chosen])
