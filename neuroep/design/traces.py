"""What ``traces.h5`` keeps: a design's ``[traces]``."""

from typing import Any

from pydantic import Field, model_validator

from neuroep.network.hopfield.network import Network
from neuroep.tasks.section import Section, tuples


class TraceSection(Section):
    """What ``traces.h5`` keeps: blocks of synapses and neurons, ranges as [first, past last]."""

    interval: int = Field(10, ge=1)
    examples: int = Field(2, ge=1)
    budget_megabytes: float = Field(500.0, gt=0, le=1e12)
    synapses: dict[str, tuple[tuple[int, int], tuple[int, int]]] = Field(default_factory=dict)
    neurons: dict[str, tuple[int, int]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _pairs(cls, given: Any) -> Any:
        return tuples(given)

    def check(self, network: Network) -> None:
        """Check names and ranges before anything is read.

        Raises
        ------
        ValueError
            A coupling or layer that is not there, or a range that leaves it; names the key.
        """
        weights = network.parameter_shapes()
        couplings = {c.name: weights[c.name] for c in network.couplings}
        layers = {name: (network.size(name),) for name in network.settling}
        lines = {name: (ids,) for name, ids in self.neurons.items()}
        for key, blocks, shapes in (
            ("synapses", self.synapses, couplings),
            ("neurons", lines, layers),
        ):
            for name, block in blocks.items():
                where = f"traces.{key}.{name}"
                if name not in shapes:
                    raise ValueError(f"{where}: none of {', '.join(shapes)}")
                for (first, last), size in zip(block, shapes[name], strict=True):
                    if not 0 <= first < last <= size:
                        raise ValueError(f"{where}: [{first}, {last}] is not within [0, {size}]")
