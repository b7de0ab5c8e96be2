"""Learning rates by patterns of parameter names."""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from neuroep.network.parameters import way_there


def rates_by_name(parameters: Collection[str], rates: Mapping[str, float]) -> dict[str, float]:
    """Return the learning rate of every parameter, 0.0 of one that no pattern fits.

    ``rates``: shell-style pattern of names to rate; the first that fits a name counts. The weights
    of a way back have the rate of the way there. A ValueError: no rate at all, a pattern that fits
    none, or a rate that is negative or not finite.
    """
    if not rates:
        raise ValueError("rates: none given, so nothing would learn")
    for pattern, rate in rates.items():
        if not any(fnmatchcase(way_there(name), pattern) for name in parameters):
            raise ValueError(f"rate {pattern!r}: fits none of {', '.join(parameters)}")
        if not 0 <= rate < float("inf"):
            raise ValueError(f"rate {pattern!r}: must be finite and not negative, got {rate}")
    return {
        name: next(
            (r for pattern, r in rates.items() if fnmatchcase(way_there(name), pattern)), 0.0
        )
        for name in parameters
    }
