"""What came out of a run, how sure that is, and what it is held against."""

from neuroep.report.html import Block, Facts, Headline, Matrix, Notes, Section, Table
from neuroep.runs.intervals import wilson
from neuroep.runs.metrics import Metrics
from neuroep.runs.remarks import chance_of, remarks
from neuroep.runs.report.quantities import interval, percent
from neuroep.runs.report.record import RunRecord
from neuroep.tasks.baselines import title

MOST_CLASSES = 12
"""Classes up to which the confusion is a table; beyond, its figure is shown."""


def verdict(run: RunRecord) -> Section:
    """Return the first section of a run's page."""
    if run.metrics is None:
        return Section("How far it is", _so_far(run))
    found = run.metrics
    tested = found.examples["test"]
    ends = interval(_ends(found.test_accuracy, tested))
    blocks: list[Block] = [
        Headline(
            percent(found.test_accuracy),
            f"of {tested:,} test {found.unit}s right, settled by {found.solver}; "
            f"with 95 % confidence {ends}",
        )
    ]
    if said := remarks(found):
        blocks.append(Notes(said, warning=True))
    blocks += [_held_against(found), Facts(_facts(found)), *_confusion(found)]
    return Section("Verdict", blocks)


def _ends(share: float, count: int) -> tuple[float, float]:
    return wilson(round(share * count), count)


def _so_far(run: RunRecord) -> list[Block]:
    of = f" of {run.epochs}" if run.epochs else ""
    accuracies = run.history.get("validation_accuracy", [])
    about = "no epoch is done yet"
    if accuracies:
        best = max(accuracies)
        about = f"best validation accuracy {percent(best)}, epoch {accuracies.index(best) + 1}"
    blocks: list[Block] = [Headline(f"epoch {run.done}{of}", about)]
    if not run.running:
        line = f"No process works on it. neuroep train --resume {run.path} goes on with it."
        blocks.append(Notes([line], warning=True))
    blocks.append(Notes(["The network is tested once, after the last epoch."]))
    return blocks


def _held_against(found: Metrics) -> Table:
    """Return accuracies on the same test examples, each with its interval."""
    tested = found.examples["test"]
    rows: list[list[object]] = []

    def add(name: str, share: float, solver: str = "") -> None:
        steps = found.settle_steps.get(solver)
        missed = found.not_converged.get(solver)
        rows.append(
            [
                name,
                percent(share),
                interval(_ends(share, tested)),
                "" if steps is None else f"{steps:.1f}",
                "" if missed is None else percent(missed / tested),
            ]
        )

    for solver, share in found.accuracy.items():
        add(f"this network, settled by {solver}", share, solver)
    for name, share in found.controls.items():
        add(f"this network, {name}", share)
    if found.untrained is not None:
        add("this network, before training", found.untrained)
    for name, share in found.baselines.items():
        add(title(name), share)
    chance = chance_of(found)
    if chance is not None:
        add("always the most frequent class", chance)
    headers = ["", "test accuracy", "95 % interval", "settle steps", "not converged"]
    return Table("On the same test examples", headers, rows)


def _facts(found: Metrics) -> list[tuple[str, object]]:
    counts = ", ".join(f"{count:,} {split}" for split, count in found.examples.items())
    epochs = len(next(iter(found.history.values()), []))
    rows: list[tuple[str, object]] = [
        ("data", f"{found.data}; {found.unit}s: {counts}"),
        ("validation accuracy", f"{percent(found.validation_accuracy)}, of the epoch kept"),
        ("epoch kept", f"{found.best_epoch} of {epochs}"),
        ("learned by", f"{found.rule}, {found.update}; phases settled by {found.solver}"),
        ("seed", found.seed),
    ]
    if found.note:
        rows.insert(1, ("splits", found.note))
    if found.chip is not None:
        rows.append(("chip", found.chip))
    return rows


def _confusion(found: Metrics) -> list[Block]:
    """Return the confusion of the design's own solver, where its classes fit a table."""
    counts = found.confusion.get(found.solver)
    if not counts or len(found.labels) > MOST_CLASSES:
        return []
    shares = [[count / (sum(row) or 1) for count in row] for row in counts]
    caption = f"Test {found.unit}s by class (row), and what they were taken for (column)"
    return [Matrix(caption, "", found.labels, found.labels, counts, shares)]
