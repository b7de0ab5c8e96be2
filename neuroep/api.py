"""What a notebook asks of neuroep: train, load, verify, whatever the task and the chip.

Nothing here prints but the progress of :func:`train`, which ``quiet=True`` turns off.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from neuroep.design.load import load_design
from neuroep.runs.progress import Bar, Progress
from neuroep.runs.trained import TrainedRun, load_run

__all__ = ["Bars", "load", "load_design", "train", "verify"]


class _Moving(Bar):
    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def update(self, done: int, running: Mapping[str, float] | None = None) -> None:
        """Move the bar by so many examples."""
        if running:
            self.bar.set_postfix({k: f"{v:.3f}" for k, v in running.items()}, refresh=False)
        self.bar.update(done)


class Bars(Progress):
    """Progress as bars of tqdm's, which a notebook shows as its own."""

    @contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Bar]:
        from tqdm.auto import tqdm

        with tqdm(total=total, desc=name, unit=unit, mininterval=0.5) as bar:
            yield _Moving(bar)


def train(
    design: str,
    data: str | None = None,
    *,
    overrides: Sequence[str] = (),
    out: str | None = None,
    progress: Progress | None = None,
    quiet: bool = False,
    **options: Any,
) -> TrainedRun:
    """Train a design and return the trained run.

    Parameters
    ----------
    design : str
        A design file, or a name of ``neuroep list``.
    data : str or None
        File or folder; the built-in data of the design's task without it.
    overrides : sequence of str
        ``key=value`` entries of the design.
    out : str or None
        The run folder, numbered under runs/ without it.
    progress : Progress
        Is told what happens; bars without it.
    quiet : bool
        Show nothing.
    **options
        Of :class:`neuroep.runs.options.TrainOptions`: ``limit``, ``vectors``, ``no_baselines``, ...

    Raises
    ------
    InputError
        Whatever of the input cannot be used.
    """
    from neuroep.runs.options import TrainOptions
    from neuroep.runs.run import train as run

    asked = TrainOptions(design=design, data=data, overrides=list(overrides), **options)
    shown = Progress() if quiet else progress or Bars()
    return load(str(run(asked, out, shown).path))


def load(run: str) -> TrainedRun:
    """Return the trained run of a folder: its ``design``, ``system``, ``encoder``, ``metrics``.

    Raises
    ------
    InputError
        Not a run folder, not trained to the end, or damaged.
    """
    return load_run(run)


def verify(design: str, **options: Any) -> Any:
    """Settle one input of a design in every view and return the report.

    ``options`` are those of :class:`neuroep.studies.verify.case.VerifyOptions`.

    Raises
    ------
    InputError
        The design, a run or a simulator cannot be used.
    """
    from neuroep.studies.verify.case import VerifyOptions
    from neuroep.studies.verify.verify import verify as run

    return run(VerifyOptions(design=design, **options), lambda name: None)
