"""Open the traces of a run: what its design asks for, sized before the first step."""

from collections.abc import Iterator
from contextlib import contextmanager

from neuroep.design.design import Design
from neuroep.learning.trainer import Trainer
from neuroep.runs.folder import RunFolder
from neuroep.traces.files import next_path
from neuroep.traces.observer import TrainingObserver
from neuroep.traces.recorder import Recorder
from neuroep.traces.writer import TraceWriter


@contextmanager
def open_traces(folder: RunFolder, design: Design, trainer: Trainer) -> Iterator[TrainingObserver]:
    """Yield the observer of a training; a resumed run gets ``traces-2.h5`` and so on.

    Raises
    ------
    InputError
        The traces would exceed their budget, or name synapses or neurons that are not there.
    """
    wanted, network = design.traces, trainer.network
    spiking = design.solver == "spiking"
    attributes = {
        "title": design.title,
        "seed": design.seed,
        "configuration": design.resolved(),
        "time_step_s": design.spiking.time_step if spiking else None,
    }
    budget = int(wanted.budget_megabytes * 1e6)
    shapes = dict(network.parameters.shapes)
    shapes |= {name: (network.size(name),) for name in network.settling}
    with TraceWriter(next_path(folder.path, "traces"), attributes, budget) as writer:
        recorder = Recorder(
            writer,
            shapes,
            {name: (range(*pre), range(*post)) for name, (pre, post) in wanted.synapses.items()},
            {name: range(*ids) for name, ids in wanted.neurons.items()},
            wanted.examples,
            wanted.interval,
            spiking,
        )
        recorder.plan((trainer.recipe.epochs - trainer.epoch) * trainer.steps_per_epoch)
        yield TrainingObserver(recorder, network)
