"""The table a run ends with, for one run or for several seeds of it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.errors import InputError
from neuroep.report import Number, table
from neuroep.runs.folder import METRICS

Metrics = dict[str, Any]
_SHARED = ("data", "seed", "validation_accuracy", "settle_steps", "seconds")
_SPIKING = (*_SHARED, "spiking_accuracy", "analog_accuracy")
_FIELDS = {
    "reviews": (
        *_SHARED,
        "analog_accuracy",
        "test_reviews",
        "shuffled_accuracy",
        "baselines",
    ),
    "spiking images": (
        *_SPIKING,
        "test_images",
        "inputs_spike",
        "spikes_per_neuron_and_image",
    ),
    "pairs": (*_SHARED, "analog_accuracy", "test_pairs", "baselines"),
    "resistive images": (*_SHARED, "test_images", "resistive_accuracy", "nodes"),
}
_ACCURACIES = {
    "spiking_accuracy": "spiking accuracy, test",
    "analog_accuracy": "analog accuracy, test",
    "resistive_accuracy": "accuracy, test",
    "shuffled_accuracy": "accuracy, words shuffled",
}


def _kind(metrics: Metrics) -> str:
    """Return what a run was: decides which fields it must have."""
    if "resistive_accuracy" in metrics:
        return "resistive images"
    if "test_pairs" in metrics:
        return "pairs"
    return "spiking images" if "test_images" in metrics else "reviews"


def _example(metrics: Metrics) -> str:
    """Return what one example of a run is called."""
    return next((k for k in ("image", "pair") if f"test_{k}s" in metrics), "review")


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
        if not isinstance(metrics, dict):
            raise InputError(f"{path}: not a JSON object")
        for field in _FIELDS[_kind(metrics)]:
            if field not in metrics:
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

    first = runs[0]
    example = _example(first)
    rows = [
        row(title, lambda m, k=key: m[k], "%")  # type: ignore[misc]
        for key, title in _ACCURACIES.items()
        if key in first
    ]
    for name in first.get("baselines", ()):
        title = f"logistic regression, {name}"
        rows.append(row(title, lambda m, k=name: m["baselines"][k], "%"))  # type: ignore[misc]
    spikes = f"spikes_per_neuron_and_{example}"
    for layer in first.get(spikes, ()):
        title = f"spikes per neuron and {example}, {layer}"
        rows.append(row(title, lambda m, k=layer: m[spikes][k]))  # type: ignore[misc]
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
    example = _example(first)
    heading = f"{first['data']}, {first[f'test_{example}s']} test {example}s"
    if len(runs) > 1:
        heading += f", seeds {', '.join(str(metrics['seed']) for metrics in runs)}"
    return table(summary_rows(runs), [heading, ""], markdown=markdown)
