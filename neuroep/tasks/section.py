"""Tables of a design that several kinds of designs share."""

from typing import Any

from pydantic import BaseModel, ConfigDict

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Section(BaseModel):
    """A table of a design: every key is known, every type exact."""

    model_config = STRICT


class TaskSection(Section):
    """The table of a design that says what is learned."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Clamped layers whose tables get as many rows as the data ask for.

        An empty name is that of the only clamped layer.
        """
        return ()


def tuples(value: Any) -> Any:
    """Return a parsed TOML value with every array as a tuple."""
    if isinstance(value, dict):
        return {key: tuples(entry) for key, entry in value.items()}
    return tuple(tuples(entry) for entry in value) if isinstance(value, list) else value
