"""One coupling between two layers: an entry of a design's ``[[couplings]]``."""

from typing import Any

from pydantic import Field, model_validator

from neuroep.tasks.section import Section


class CouplingSection(Section):
    """One coupling between two layers."""

    between: tuple[str, str]
    shared: bool = False
    gain: float = Field(1.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _pair(cls, given: Any) -> Any:
        # TOML has arrays only; a pair is a tuple here.
        if isinstance(given, dict) and isinstance(given.get("between"), list):
            return given | {"between": tuple(given["between"])}
        return given
