"""The table [table] of a design: how rows of numbers become what is clamped."""

from typing import Literal

from pydantic import Field

from neuroep.tasks.section import TaskSection


class TableSection(TaskSection):
    """How rows of numbers are clamped.

    ``layer``: the clamped layer that takes a row, the only one without a name; ``scaling``, fitted
    to the training rows and kept with the weights: ``range`` maps the smallest value of a column to
    0 and the largest to 1, ``standard`` its mean to 0 and its standard deviation to 1, cut at
    ``limit`` of them, ``none`` leaves the numbers alone; ``validation``: share of the training rows
    that chooses the epoch; ``noise``: standard deviation of what is added to a scaled value
    whenever a training row is shown.
    """

    layer: str = ""
    scaling: Literal["range", "standard", "none"] = "standard"
    limit: float = Field(3.0, gt=0)
    validation: float = Field(0.1, gt=0, lt=1)
    noise: float = Field(0.0, ge=0)
