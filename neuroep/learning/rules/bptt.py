"""Backpropagation through time, as a rule."""

from dataclasses import dataclass
from typing import ClassVar

from neuroep.learning.rules.backpropagation import Backpropagation


@dataclass(frozen=True)
class Bptt(Backpropagation):
    """Goes back through all the steps that each example's free phase took."""

    title: ClassVar[str] = "BPTT"
    method: ClassVar[str] = "bptt"
