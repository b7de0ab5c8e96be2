"""What a costly part of a network would answer, told from what it has answered so far."""

import numpy as np

from neuroep.core.tables import Floats, Ints

RIDGE = 1e-8
"""Added to the squares of normalised secants: keeps parallel ones apart from a singular matrix."""

LEAST = 100.0
"""Roundings by which a question must have changed for the answers to tell more than rounding."""


class Multisecant:
    """A linear model of answers x = Q(h) through the last ones, each example by itself.

    Q(h) ~ x + sum_j gamma_j dx_j, with the gamma for which sum_j gamma_j dh_j is closest to what h
    is from the last question: the secants of Broyden's method for several changes at once (Fang &
    Saad, Numer. Linear Algebra Appl. 16, 2009, type I; Anderson acceleration is type II).

    Parameters
    ----------
    batch, size : int
        Examples, and entries of a question and of an answer.
    memory : int
        Changes that are remembered; 0: the last answer is all that is known.
    dtype : dtype
    """

    def __init__(self, batch: int, size: int, memory: int, dtype: np.dtype) -> None:
        self.memory = memory
        self.last: Floats = np.zeros((2, batch, size), dtype)  # question and answer
        self.changes: list[Floats] = []  # of both, oldest first

    def note(self, active: Ints, question: Floats, answer: Floats, compare: bool = True) -> None:
        """Take up the answers of the active examples, (active, size).

        ``compare``: whether their changes since the last ones tell how answers change.
        """
        found = np.stack([question, answer])
        if compare and self.memory:
            change = np.zeros_like(self.last)
            change[:, active] = found - self.last[:, active]
            small = np.abs(change[0]).max(axis=1) < LEAST * np.finfo(found.dtype).eps
            change[:, small] = 0.0
            self.changes = [*self.changes, change][-self.memory :]
        self.last[:, active] = found

    def answer(self, active: Ints, question: Floats) -> Floats:
        """Return what the active examples would be answered, (active, size)."""
        known, answered = self.last[:, active]
        if not self.changes:
            return np.asarray(answered)
        dh, dx = np.stack([c[:, active].astype(float) for c in self.changes], axis=1)
        length = np.linalg.norm(dh, axis=2, keepdims=True)
        length[length == 0.0] = 1.0
        direction, slope = dh / length, dx / length
        products = np.einsum("mbn,kbn->bmk", direction, direction) + RIDGE * np.eye(len(dh))
        along = np.einsum("mbn,bn->bm", direction, (question - known).astype(float))
        gamma = np.linalg.solve(products, along[:, :, None])[:, :, 0]
        return np.asarray(answered + np.einsum("bm,mbn->bn", gamma, slope), answered.dtype)

    def repeated(self, phases: int) -> "Multisecant":
        """Return the same for several phases of the same examples, phase by phase."""
        many = Multisecant(0, 0, self.memory, self.last.dtype)
        many.last = np.tile(self.last, (1, phases, 1))
        many.changes = [np.tile(change, (1, phases, 1)) for change in self.changes]
        return many
