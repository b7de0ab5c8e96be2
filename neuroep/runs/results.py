"""The end of a run: test the trained network, hold it against baselines, write what came out."""

import resource
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroep.core.threads import thread_count
from neuroep.errors import InputError, Unheld
from neuroep.learning.evaluation import Evaluation, Examples, evaluate
from neuroep.learning.updates import within
from neuroep.runs.account import account
from neuroep.runs.budget import SETTLED, Budget, budget
from neuroep.runs.folder import START, RunFolder
from neuroep.runs.metrics import Metrics
from neuroep.runs.progress import Progress
from neuroep.runs.provenance import provenance
from neuroep.runs.trained import Saved
from neuroep.tasks.baselines import read_baselines

if TYPE_CHECKING:
    from neuroep.runs.run import Job


def finish(folder: RunFolder, job: "Job", progress: Progress) -> None:
    """Test a trained network and write metrics and figures into the run's folder."""
    own = job.design.settles_by
    test = job.material.test
    # The design's own solver, its exact twin, and those asked for.
    solvers = dict.fromkeys([own, *job.design.twins, *job.options.test_by])
    tested = {solver: _evaluate(job, solver, test, progress) for solver in solvers}
    controls = {
        name: _evaluate(job, own, examples, progress, name).accuracy
        for name, examples in job.material.controls.items()
    }
    baselines = _baselines(job, progress)
    costs = budget(job, progress)
    ledger, untrained = _account(job, progress), _before_training(folder, job, progress)
    metrics = replace(
        _metrics(job, tested, controls, baselines, costs, progress),
        account=ledger,
        untrained=untrained,
    )
    folder.write_answers(
        tested[own].labels, {name: each.scores.argmax(axis=1) for name, each in tested.items()}
    )
    folder.write_metrics(metrics)  # before the figures: a run that draws nothing has its numbers
    if not job.options.no_figures:
        from neuroep.runs.figures import draw_figures

        with progress.stage("drawing figures"):
            draw_figures(folder, job, metrics)
        taken = {"seconds": round(sum(progress.seconds.values()), 3)}  # with the time that took
        folder.write_metrics(replace(metrics, provenance=metrics.provenance | taken))


def _evaluate(
    job: "Job", solver: str, examples: Examples, progress: Progress, name: str = ""
) -> Evaluation:
    system = job.design.settled_by(job.system, solver)
    about = f"testing, {name or solver}"
    with progress.bar("testing", len(examples), job.task.unit, about) as bar:
        return evaluate(system, examples, progress=bar.update)


def _before_training(folder: RunFolder, job: "Job", progress: Progress) -> float:
    """Return the test accuracy of what the training began from; the parameters are put back."""
    exactly = (*job.design.twins, job.design.settles_by)[0]
    parameters = job.system.parameters
    learned = parameters.copy()
    try:
        Saved.read(folder.path / START).load_into(parameters)
        within(parameters, job.system.limits)
        parameters.changes += 1
        return _evaluate(job, exactly, job.material.test, progress, "before training").accuracy
    finally:
        parameters.take(learned.flat)


def _baselines(job: "Job", progress: Progress) -> dict[str, float]:
    """Return test accuracies by name."""
    options = job.options
    if options.no_baselines:
        return {}
    if options.baselines:
        test = job.material.counts["test"]
        of = job.source.name, options.limit, job.source.note, job.source.labels, options.contents
        entry = read_baselines(options.baselines, job.task.key, *of, test)
        found = entry.beside(job.design.title)
        if others := [name for name in entry.baselines if name not in found]:
            progress.say(f"not held against {', '.join(others)}: of rows of {entry.design!r}")
        return found
    try:
        with progress.stage("fitting baselines"):
            fitted = job.task.baselines(job.source, job.material, options.limit)
    except InputError as error:  # what was trained is tested all the same
        progress.say(f"no baselines: {error}")
        return {}
    return {name: baseline.test_accuracy for name, baseline in fitted.items()}


def _account(job: "Job", progress: Progress) -> dict[str, Any]:
    """Return where the joules of some test examples go; why not, where a chip cannot hold it."""
    inputs, target = job.material.test.batch(np.arange(min(SETTLED, len(job.material.test))))
    with progress.stage("accounting for the chip"):
        try:
            found = account(job.design, job.system, inputs, target)
        except (InputError, Unheld) as error:
            return {"how": f"not known: {error}"}
    return found.to_json() if found else {}


def _metrics(
    job: "Job",
    tested: dict[str, Evaluation],
    controls: dict[str, float],
    baselines: dict[str, float],
    costs: Budget,
    progress: Progress,
) -> Metrics:
    design, trainer = job.design, job.trainer
    resolved = design.resolved()
    learning = resolved["learning"]
    spiking = next((found for found in tested.values() if found.spikes), None)
    history = trainer.history
    return Metrics(
        title=design.title,
        data=job.source.name,
        note=job.source.note,
        task=job.task.key,
        unit=job.task.unit,
        labels=list(job.encoder.labels),
        seed=design.seed,
        solver=design.settles_by,
        rule=learning["rule"],
        update=learning["update"],
        threads=thread_count(),
        examples=job.material.counts,
        test_accuracy=tested[design.settles_by].accuracy,
        validation_accuracy=history[trainer.best_epoch]["validation_accuracy"],
        best_epoch=trainer.best_epoch + 1,
        history={key: [epoch[key] for epoch in history] for key in history[0]},
        accuracy={solver: found.accuracy for solver, found in tested.items()},
        settle_steps={solver: found.steps for solver, found in tested.items()},
        not_converged={solver: found.not_converged for solver, found in tested.items()},
        controls=controls,
        baselines=baselines,
        confusion={
            solver: confusion(found, len(job.encoder.labels)) for solver, found in tested.items()
        },
        spikes={k: float(v.mean()) for k, v in spiking.spikes.items()} if spiking else {},
        saturated=spiking.saturated if spiking else None,
        budget=costs.figures,
        arrays=costs.arrays,
        budget_notes=costs.notes,
        chip=resolved["circuit"].get("chip"),
        facts={**job.material.facts, **design.facts(job.system)},
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        provenance=provenance(job.options, design, sum(progress.seconds.values())),
        seconds=progress.seconds,
    )


def confusion(found: Evaluation, classes: int) -> list[list[int]]:
    """Return how often each class (row) was taken for each (column)."""
    pairs = found.labels * classes + found.scores.argmax(axis=1)
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    return [[int(count) for count in row] for row in counts]
