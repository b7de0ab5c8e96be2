"""What learning on devices costs: pulses, wear and energies of a run, per example."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neuroep.devices.loading import loading
from neuroep.errors import InputError, Unheld

if TYPE_CHECKING:
    from neuroep.runs.progress import Progress
    from neuroep.runs.run import Job

SETTLED, LOADED = 2, 33
"""Test examples whose settling, and whose loading, is measured."""

Figures = dict[str, float]

TITLES: dict[str, tuple[str, str]] = {
    "pulses_per_device": ("pulses a device and {}", ""),
    "most_pulses": ("pulses of the most written device", ""),
    "examples_to_endurance": ("{}s until its endurance ends", ""),
    "at_bounds": ("devices at a bound", "%"),
    "refused_pulses": ("pulses beyond what an update may give, per {}", ""),
    "read_joules": ("energy of a read (free phase)", "J"),
    "settle_joules": ("energy of settling to learn (three phases)", "J"),
    "sample_joules": ("energy of sampling", "J"),
    "write_joules": ("energy of writing weights, per {}", "J"),
    "write_seconds": ("time of writing weights, pulse by pulse, per {}", "s"),
    "loaded_devices": ("devices that a {} is loaded into", ""),
    "load_pulses": ("pulses to load a {}", ""),
    "load_joules": ("energy of loading a {}", "J"),
    "table_devices": ("devices of a static table instead, none written to load", ""),
}
"""Of every figure: what the closing table calls it, and its unit."""


class Budget(NamedTuple):
    """Figures of a run, the books of each learned array, and how energies were found."""

    figures: Figures
    arrays: dict[str, dict[str, float | None]]
    notes: list[str]


def budget(job: "Job", progress: "Progress") -> Budget:
    """Return what learning cost; all empty where floats learn.

    What nobody knows, for want of a value on the device's card or of a cell, is left out.
    """
    spent, trainer = job.trainer.updater.budget, job.trainer
    if not spent:
        return Budget({}, {}, [])
    with progress.stage("adding up energies"):
        energies, notes = _energies(job)
        loads = _loading(job)
    every = list(spent.values())
    examples = trainer.examples * trainer.epoch
    devices = sum(one.devices for one in every)
    found: Figures = {
        "pulses_per_device": sum(one.pulses for one in every) / devices / examples,
        "at_bounds": sum(one.at_bounds * one.devices for one in every) / devices,
        "refused_pulses": sum(one.refused for one in every) / examples,
        "write_joules": sum(one.joules for one in every) / examples,
        "write_seconds": sum(one.seconds for one in every) / examples,
    }
    most = [one for one in every if one.most_pulses]
    if most:
        found["most_pulses"] = float(max(one.most_pulses or 0 for one in most))
        lives = (one.endurance / (one.most_pulses or 1) for one in most)
        found["examples_to_endurance"] = examples * min(lives)
    found |= energies | loads
    figures = {name: found[name] for name in TITLES if math.isfinite(found.get(name, math.nan))}
    arrays = {
        name: {k: v if v is not None and math.isfinite(v) else None for k, v in asdict(one).items()}
        for name, one in spent.items()
    }
    return Budget(figures, arrays, notes)


def _energies(job: "Job") -> tuple[Figures, list[str]]:
    inputs, target = job.material.test.batch(np.arange(min(SETTLED, len(job.material.test))))
    try:
        found = job.design.energies(job.system, inputs, target)
    except (InputError, Unheld) as error:
        return {}, [f"energies of settling are not known: {error}"]
    if found is None:
        return {}, []
    figures = {
        "read_joules": found.free,
        "settle_joules": found.free + found.nudged,
        "sample_joules": found.sampled,
    }
    return figures, [f"energies of settling: {found.how}"]


def _loading(job: "Job") -> Figures:
    """Return what the writes that load an example cost, beside a table that is only addressed."""
    test = job.material.test
    inputs, _ = test.batch(np.arange(min(LOADED, len(test))))
    stored = job.design.stored(job.system, inputs).values()
    if not stored or len(test) < 2 or job.design.devices is None:
        return {}
    device = job.design.devices.device()
    loads = [loading(device, one.patterns) for one in stored]
    tables = [2 * one.table for one in stored]
    return {
        "loaded_devices": sum(one.devices for one in loads),
        "load_pulses": sum(one.pulses for one in loads),
        "load_joules": sum(one.joules for one in loads),
        "table_devices": float(sum(tables)) if all(tables) else math.nan,
    }
