"""Do both sides compute the same thing? Fixed point and gradient, compared in the same run."""

import numpy as np

from benchmarks.measure import Worker

STATE_TOLERANCE = 1e-3  # ten times the residual that neuroep stops at
LEAST_COSINE = 0.999


def agreement(ours: Worker, theirs: Worker) -> dict[str, dict[str, float]]:
    """Return the largest deviation of each layer and the gradient cosine of each parameter.

    Raises
    ------
    AssertionError
        Both sides do not compute the same thing, so their times must not be compared.
    """
    return compare(ours("result", 0), theirs("result", 0))


def compare(
    ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Compare the results of both sides; see :func:`agreement`."""
    found: dict[str, dict[str, float]] = {"deviation": {}, "cosine": {}}
    for name, theirs_part in theirs.items():
        kind, label = name.split("/")
        a, b = ours[name].astype(float), theirs_part.astype(float)
        if kind == "state":
            # Rows that one side does not have are padding, and rest at zero.
            width = b.shape[1]
            found["deviation"][label] = float(np.abs(a[:, :width] - b).max())
            assert not a[:, width:].any(), f"{label}: activity in padded rows"
        else:
            norm = np.linalg.norm(a) * np.linalg.norm(b)
            found["cosine"][label] = float((a * b).sum() / norm)
            size = np.linalg.norm(a) / np.linalg.norm(b)
            assert abs(size - 1) < 0.01, f"{label}: gradients of different size, {size:.3f}"
    worst, least = max(found["deviation"].values()), min(found["cosine"].values())
    assert worst < STATE_TOLERANCE, f"the fixed points differ: {found['deviation']}"
    assert least > LEAST_COSINE, f"the gradients differ: {found['cosine']}"
    return found


def sentence(found: dict[str, dict[str, float]]) -> str:
    """Say it in words."""
    return (
        f"Both compute the same: largest deviation of a free activity "
        f"{max(found['deviation'].values()):.1e}, least cosine between the gradients of a "
        f"parameter group {min(found['cosine'].values()):.6f}."
    )
