"""The table a run ends with."""

from typing import Any

from neuroep.experiment.folder import RunFolder
from neuroep.report import Number, table


def summary_rows(metrics: dict[str, Any]) -> list[list[object]]:
    """Return name and value of what a run is judged by."""
    rows: list[list[object]] = [
        ["spiking accuracy, test", Number(metrics["spiking_accuracy"], unit="%")],
        ["analog accuracy, same weights", Number(metrics["analog_accuracy"], unit="%")],
        ["words shuffled", Number(metrics["shuffled_accuracy"], unit="%")],
    ]
    rows += [
        [f"logistic regression, {name}", Number(value, unit="%")]
        for name, value in metrics["baselines"].items()
    ]
    rows += [
        [f"spikes per neuron and review, {layer}", Number(value)]
        for layer, value in metrics["spikes_per_neuron_and_review"].items()
    ]
    rows += [
        [f"settle steps, {solver}", Number(value)]
        for solver, value in metrics["settle_steps"].items()
    ]
    training = sum(s for name, s in metrics["seconds"].items() if name == "training")
    rows.append(["training time", Number(training, unit="s")])
    rows.append(["total time", Number(sum(metrics["seconds"].values()), unit="s")])
    return rows


def print_summary(folder: RunFolder) -> None:
    """Print the closing table of a finished run."""
    metrics = folder.read_metrics()
    heading = f"{metrics['data']}, {metrics['test_reviews']} test reviews"
    print()
    print(table(summary_rows(metrics), [heading, ""]))
    print(f"\nrun folder: {folder.path}")
