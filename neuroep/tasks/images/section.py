"""The table [images] of a design: how labelled images become what is clamped."""

from pydantic import Field

from neuroep.tasks.section import TaskSection


class ImageSection(TaskSection):
    """How images are clamped.

    ``layer``: the clamped layer that holds the pixels, the only one without a name;
    ``validation``: share of the training images that chooses the epoch; ``shift``: pixels by which
    a training image may be moved each way, anew every time it is shown.
    """

    layer: str = ""
    validation: float = Field(0.1, gt=0, lt=1)
    shift: int = Field(0, ge=0, le=64)
