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

    ``size``: entries of a question, and of an answer; ``memory``: changes that are remembered, 0:
    the last answer is all that is known.
    """

    def __init__(self, batch: int, size: int, memory: int, dtype: np.dtype) -> None:
        self.last: Floats = np.zeros((2, batch, size), dtype)  # question and answer
        self.changes: Floats = np.zeros((memory, 2, batch, size), dtype)  # the newest last

    def note(self, active: Ints, question: Floats, answer: Floats, compare: bool = True) -> None:
        """Take up the answers of the active examples, (active, size).

        ``compare``: whether their changes since the last ones tell how answers change.
        """
        found = np.stack([question, answer])
        change = found - self.last[:, active]
        self.last[:, active] = found
        if compare and len(self.changes):
            told = np.abs(change[0]).max(axis=1) >= LEAST * np.finfo(found.dtype).eps
            who = active[told]
            self.changes[:-1, :, who] = self.changes[1:, :, who]
            self.changes[-1][:, who] = change[:, told]

    def answer(self, active: Ints, question: Floats) -> Floats:
        """Return what the active examples would be answered, (active, size)."""
        known, answered = self.last[:, active]
        dh, dx = np.moveaxis(self.changes[:, :, active].astype(float), 1, 0)
        length = np.linalg.norm(dh, axis=2, keepdims=True)
        length[length == 0.0] = 1.0
        direction, slope = dh / length, dx / length
        products = np.einsum("mbn,kbn->bmk", direction, direction) + RIDGE * np.eye(len(dh))
        along = np.einsum("mbn,bn->bm", direction, (question - known).astype(float))
        gamma = np.linalg.solve(products, along[:, :, None])[:, :, 0]
        return np.asarray(answered + np.einsum("bm,mbn->bn", gamma, slope), answered.dtype)

    def repeated(self, phases: int, memory: int) -> "Multisecant":
        """Return the same for several phases of the same examples, with another memory."""
        many = Multisecant(0, 0, 0, self.last.dtype)
        many.last = np.tile(self.last, (1, phases, 1))
        kept = self.changes[max(len(self.changes) - memory, 0) :]
        many.changes = np.zeros((memory, *many.last.shape), self.last.dtype)
        many.changes[memory - len(kept) :] = np.tile(kept, (1, 1, phases, 1))
        return many
