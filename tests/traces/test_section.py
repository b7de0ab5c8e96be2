"""``[traces]`` of a design: any learned array of either family, and errors that help."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from reference.problems import WIRINGS
from resistive_support import random_network

from neuroep.design.traces import TraceSection
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.resistive.probes import watch as watch_resistive

WATCHED = watch(WIRINGS["pooled"]("cross_entropy", np.float64).network)


def section(**synapses: Any) -> TraceSection:
    return TraceSection.model_validate({"synapses": synapses})


def test_one_range_a_side_and_a_vector_by_one() -> None:
    given = {"hidden-out": [[0, 7], [1, 3]], "out.bias": [0, 3], "heads.queries": [[0, 1], [0, 5]]}
    found = section(**given)
    found.check(WATCHED)
    assert found.choice().synapses == {
        "hidden-out": ((0, 7), (1, 3)),
        "out.bias": ((0, 3),),
        "heads.queries": ((0, 1), (0, 5)),
    }


def test_every_learned_array_can_be_named() -> None:
    for name, shape in WATCHED.parameters.shapes.items():
        section(**{name: [[0, size] for size in shape]}).check(WATCHED)


@pytest.mark.parametrize(
    ("synapses", "words"),
    [
        ({"hiden-out": [[0, 1], [0, 1]]}, ["synapses.hiden-out", "mean 'hidden-out'", "out.bias"]),
        ({"zzz": [[0, 1], [0, 1]]}, ["traces.synapses.zzz: no such learned array; there are"]),
        ({"hidden-out": [0, 3]}, ["hidden-out: needs [[first, past last], [first, past last]]"]),
        ({"out.bias": [[0, 1], [0, 1]]}, ["out.bias: needs [first, past last]"]),
        ({"out.bias": [0, 4]}, ["out.bias: [0, 4] is no range within [0, 3]"]),
        ({"out.bias": [2, 1]}, ["out.bias: [2, 1]"]),
    ],
)
def test_what_cannot_be_recorded_is_one_line(synapses: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ValueError, match="traces") as caught:
        section(**synapses).check(WATCHED)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("given", [3, "all", [0.5, 1], [[0, 1, 2]], [[0, "1"]], [True, 2]])
def test_another_form_says_which_it_should_be(given: Any) -> None:
    with pytest.raises(ValidationError, match=r"must be \[first, past last\] for each side"):
        section(**{"out.bias": given})


def test_layers_get_a_hint_too() -> None:
    with pytest.raises(ValueError, match=r"traces\.neurons\.hiddn: .*did you mean 'hidden'"):
        TraceSection.model_validate({"neurons": {"hiddn": [0, 1]}}).check(WATCHED)


def test_rows_that_only_the_data_tell_are_not_held_against_a_design() -> None:
    many = section(**{"words.patterns": [[0, 500], [0, 5]]})
    with pytest.raises(ValueError, match=r"words\.patterns"):
        many.check(WATCHED)
    many.check(WATCHED, ["words.patterns"])


def test_conductances_are_named_by_their_layers() -> None:
    watched = watch_resistive(random_network(1))
    section(**{"0-1": [[0, 2], [0, 8]]}).check(watched)
    with pytest.raises(ValueError, match="did you mean '1-2'"):
        section(**{"1-3": [[0, 1], [0, 1]]}).check(watched)
