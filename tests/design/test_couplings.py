"""What couplings start as: opposites of others, tied ones among them, and what cannot be."""

import numpy as np
import pytest

from neuroep.design.hopfield.coupling import (
    CouplingSection,
    check_couplings,
    start_couplings,
    tied_rows,
)
from neuroep.learning.estimate import centered
from neuroep.learning.updates.sgd import SGD
from neuroep.learning.updates.tied import Tied
from neuroep.network.hopfield.attention import PooledAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid

FIRST, SECOND = ("a", "out"), ("b", "out")


def network(dim: int = 3, size: int = 2, own_back: bool = False) -> Network:
    """Return two attention layers of two queries, and what both drive."""
    made = Network()
    made.add(Clamped(tokens=4, dim=dim), "words")
    for name in ("a", "b"):
        made.add(PooledAttention("words", queries=2, inverse_temperature=1.0), name)
    made.add(HardSigmoid(size), "out")
    for between in (FIRST, SECOND):
        made.connect(*between, own_back=own_back)
    made.initialise(0, np.float64)
    return made


def section(between: tuple[str, str], **options: object) -> CouplingSection:
    return CouplingSection(between=between, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("tied", [0.0, 0.2])
def test_an_opposite_is_that_of_what_the_other_starts_as(tied: float) -> None:
    made = network()
    couplings = [section(SECOND, opposite="a-out", tied=tied), section(FIRST, tied=0.2)]
    check_couplings(made, couplings)
    start_couplings(made, couplings)
    there, back = made.parameters["a-out"], made.parameters["b-out"]
    np.testing.assert_array_equal(back, -there)
    blocks = there.reshape(2, 3, 2)
    np.testing.assert_array_equal(blocks[0], blocks[1])
    assert blocks[0].std() == pytest.approx(0.2)


def test_the_way_back_of_a_tied_coupling_asks_for_what_the_way_there_does(rng) -> None:
    made = network(own_back=True)
    made.set_cost(SquaredError("out"))
    couplings = [section(FIRST, tied=0.2), section(SECOND)]
    start_couplings(made, couplings)
    made.start_ways_back()
    learned = made.parameters
    drive = make_drive(made, rng.standard_normal((5, 4, 3)))
    gradient = centered(made, drive, np.full((5, 2), 0.7), beta=0.1)
    updater = Tied(SGD().make(learned, {}, rng), tied_rows(made, couplings))
    before = learned["a-out.back"].copy()
    updater.apply(learned, gradient, dict.fromkeys(learned, 0.1))
    assert np.abs(learned["a-out.back"] - before).max() > 1e-4
    for name in ("a-out", "b-out"):
        np.testing.assert_array_equal(learned[f"{name}.back"], learned[name])


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({}, {"opposite": "a-out", "identity": 2.0}, "couplings.1.identity: it starts as"),
        ({}, {"opposite": "a-out", "tied": 0.2}, "couplings.1.tied: its opposite 'a-out' is not"),
        ({"opposite": "b-out"}, {"opposite": "a-out"}, "couplings.0.opposite: 'b-out' starts as"),
        ({}, {"opposite": "out.bias"}, "couplings.1.opposite: 'out.bias' has no such"),
    ],
)
def test_beginnings_that_exclude_each_other_are_refused(
    first: dict, second: dict, said: str
) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        check_couplings(network(), [section(FIRST, **first), section(SECOND, **second)])


def test_one_weight_a_row_cannot_be_scaled_to_a_deviation() -> None:
    with pytest.raises(ValueError, match=r"^couplings\.0\.tied: one weight a row"):
        check_couplings(network(1, 1), [section(FIRST, tied=0.2), section(SECOND)])
