"""The table a run ends with, for one run or for several seeds of it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.errors import InputError
from neuroep.experiment.folder import METRICS
from neuroep.report import Number, table

Metrics = dict[str, Any]
_FIELDS = (
    "data",
    "seed",
    "test_reviews",
    "spiking_accuracy",
    "analog_accuracy",
    "shuffled_accuracy",
    "baselines",
    "spikes_per_neuron_and_review",
    "settle_steps",
    "seconds",
)


def read_results(paths: Sequence[str]) -> list[Metrics]:
    """Read the metrics of run folders, or metrics files.

    Raises
    ------
    InputError
        A file is missing, not JSON, or without a field of a finished run; runs of different data.
    """
    found: list[Metrics] = []
    for name in paths:
        path = Path(name) / METRICS if Path(name).is_dir() else Path(name)
        try:
            metrics = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
        except ValueError as error:
            raise InputError(f"{path}: not JSON: {error}") from None
        for field in _FIELDS:
            if not isinstance(metrics, dict) or field not in metrics:
                raise InputError(f"{path}: {field}: missing")
        if found and metrics["data"] != found[0]["data"]:
            raise InputError(f"{path}: data: {metrics['data']!r}, not {found[0]['data']!r}")
        found.append(metrics)
    return found


def summary_rows(runs: Sequence[Metrics]) -> list[list[object]]:
    """Return name and value of what runs are judged by: means, with the spread over the runs."""

    def row(name: str, pick: Callable[[Metrics], float], unit: str = "") -> list[object]:
        values = [pick(metrics) for metrics in runs]
        spread = float(np.std(values, ddof=1)) if len(set(values)) > 1 else None
        return [name, Number(float(np.mean(values)), spread, unit)]

    rows = [
        row("spiking accuracy, test", lambda m: m["spiking_accuracy"], "%"),
        row("analog accuracy, same weights", lambda m: m["analog_accuracy"], "%"),
        row("spiking accuracy, words shuffled", lambda m: m["shuffled_accuracy"], "%"),
    ]
    first = runs[0]
    for name in first["baselines"]:
        title = f"logistic regression, {name}"
        rows.append(row(title, lambda m, k=name: m["baselines"][k], "%"))  # type: ignore[misc]
    for layer in first["spikes_per_neuron_and_review"]:
        title = f"spikes per neuron and review, {layer}"
        rows.append(row(title, lambda m, k=layer: m["spikes_per_neuron_and_review"][k]))  # type: ignore[misc]
    for solver in first["settle_steps"]:
        title = f"settle steps, {solver}"
        rows.append(row(title, lambda m, k=solver: m["settle_steps"][k]))  # type: ignore[misc]
    rows.append(row("training time", lambda m: m["seconds"].get("training", 0.0), "s"))
    rows.append(row("total time", lambda m: sum(m["seconds"].values()), "s"))
    if all("peak_memory_bytes" in metrics for metrics in runs):
        rows.append(row("peak memory", lambda m: m["peak_memory_bytes"] / 1e6, "MB"))
    return rows


def summary(runs: Sequence[Metrics], markdown: bool = False) -> str:
    """Return the closing table of one run, or of several with their spread."""
    first = runs[0]
    heading = f"{first['data']}, {first['test_reviews']} test reviews"
    if len(runs) > 1:
        heading += f", seeds {', '.join(str(metrics['seed']) for metrics in runs)}"
    return table(summary_rows(runs), [heading, ""], markdown=markdown)
