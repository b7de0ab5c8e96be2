"""A trained chip some time after its last write: devices drift, decay, and are read with noise."""

from collections.abc import Iterator, Sequence

from neuroep.devices.array import DeviceArray
from neuroep.errors import InputError, named
from neuroep.runs.reading import Tested, evaluate_run, read_labelled
from neuroep.runs.trained import TrainedRun, load_run
from neuroep.tasks.task import DataOptions


def evaluate_after(
    run: str,
    times: Sequence[float],
    options: DataOptions | None = None,
    solver: str = "",
    *,
    read_noise: bool = False,
) -> Iterator[Tested]:
    """Test the chip of a run folder at several times after its last write.

    What was learned is programmed into the devices that learned it, without error as far as they
    hold it, and is left alone from then on.

    Parameters
    ----------
    times : list of float
        Seconds since that write, ascending.
    options, solver
        As for :func:`neuroep.runs.reading.evaluate_run`.
    read_noise : bool
        Whether each device is read with the noise of its card: once for all examples of a test,
        anew for each test.

    Raises
    ------
    InputError
        The run's design has no devices, or what :func:`neuroep.runs.reading.evaluate_run` raises.
    """
    trained = load_run(run)
    if trained.design.chip is None:
        raise InputError(f"{trained.folder.path}: no [devices] in its design: floats do not age")
    labelled = read_labelled(trained, options)
    arrays, before = list(programmed(trained).values()), 0.0
    for event, seconds in enumerate(times):
        for array in arrays:
            array.age(seconds - before, array.device.ageing.drift_from + before)
            if read_noise:
                array.values[:] = array.read_noisily(event)
        trained.system.parameters.changes += 1
        yield evaluate_run(trained, options, solver, labelled)
        for array in arrays:
            array.read()  # a read leaves nothing behind
        before = seconds


def programmed(run: TrainedRun) -> dict[str, DeviceArray]:
    """Return the devices of the run's parameters, written with what was learned.

    None of them where the design has no devices.
    """
    chip, parameters = run.design.chip, run.system.parameters
    if chip is None:
        return {}
    learned = parameters.copy()
    run.start.load_into(parameters)  # ranges are those that the training found
    with named(str(run.folder.path)):
        arrays = chip.arrays(parameters, list(parameters), run.system.limits)
    for name, array in arrays.items():
        array.program(learned[name])
    return arrays
