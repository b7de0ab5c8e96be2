"""Implicit differentiation, as a rule."""

from dataclasses import dataclass
from typing import ClassVar

from neuroep.learning.rules.backpropagation import Backpropagation


@dataclass(frozen=True)
class Implicit(Backpropagation):
    """Goes back through the state that the free phase reached, however it got there."""

    title: ClassVar[str] = "implicit differentiation"
    method: ClassVar[str] = "implicit"
