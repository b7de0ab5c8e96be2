"""The one entry point: settle(network, inputs, beta=, target=, start=, stop=, ...)."""

from collections.abc import Callable, Mapping
from typing import Any, overload

from numpy.typing import ArrayLike

from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Network
from neuroep.network.inputs import Input
from neuroep.network.resistive.drive import ResistiveDrive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.settling import settle_hopfield
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Record, Stop

FAMILIES: dict[type, Callable[..., Any]] = {
    Network: settle_hopfield,
    ResistiveNetwork: settle_resistive,
}
"""How the networks of a type settle."""


@overload
def settle(
    network: Network,
    inputs: Drive | Mapping[str, Input] | Input,
    *,
    solver: str | Solver = ...,
    beta: ArrayLike = ...,
    target: ArrayLike | None = ...,
    start: Settled | None = ...,
    stop: Stop | None = ...,
    record: Record | None = ...,
) -> Settled: ...


@overload
def settle(
    network: ResistiveNetwork,
    inputs: ResistiveDrive | Mapping[str, ArrayLike] | ArrayLike,
    *,
    solver: str = ...,
    beta: ArrayLike = ...,
    target: ArrayLike | None = ...,
    start: ResistiveSettled | None = ...,
    stop: Stop | None = ...,
) -> ResistiveSettled: ...


def settle(network: Any, inputs: Any, **options: Any) -> Any:
    """Let a network of either family settle on a batch of clamped inputs.

    Parameters
    ----------
    network : Network or ResistiveNetwork
    inputs : a drive, or what it is made from
        B examples: a mapping from clamped layer to input, or the input alone where there is one.
    solver : str, or an instance with options
        How: one of ``SOLVERS``; a resistive network's diodes decide when it is absent.
    beta : float, (P,) or (P, B)
        Nudging strength; several phases settle together as one batch. 0 is the free phase.
    target : (B, outputs)
        What the cost compares with. Not needed in the free phase.
    start : the result of another settle
        One phase to start from, or as many as there are betas; of as many examples, whose inputs
        may be others. None starts from zero.
    stop : Stop
        Residual and step cap.
    record : Record
        Examples that are kept at every step; layered networks only.

    Returns
    -------
    Settled or ResistiveSettled
        Never an exception for want of convergence: see its ``status``.

    Raises
    ------
    ValueError
        The arguments do not fit each other, or a drive was made from other parameters.
    """
    for kind, family in FAMILIES.items():
        if isinstance(network, kind):
            return family(network, inputs, **options)
    known = ", ".join(kind.__name__ for kind in FAMILIES)
    raise ValueError(f"network: {type(network).__name__} is none of {known}")
