"""Schemes that remember: sums in digital memory, a fast array; and trains that meet."""

from typing import Any

import numpy as np
import pytest
from reference.crossed import crossed

from neuroep.core.pulses.arrays import BOOKS, DOWN, REFUSED, UP
from neuroep.core.tables import Floats
from neuroep.devices.array import DeviceArray, key_of
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Device, Spread
from neuroep.devices.gains.line import Line
from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.linear import Linear
from neuroep.devices.schemes import SCHEMES, Rows, Scheme
from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.schemes.coincidence import Coincidence
from neuroep.devices.schemes.mixed import Mixed
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.schemes.transfer import Transfer
from neuroep.devices.update import Pulses, PulseUpdater
from neuroep.learning.gradient import Factors, Gradient
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.rules.centered import Centered
from neuroep.network.parameters import Parameters
from neuroep.settle import Stop

SHAPES, RNG, STEP = {"w": (9, 6), "b": (6,)}, np.random.default_rng(0), 0.01
RATES = {"w": 1.0, "b": 0.5}


def updater(made: Parameters, scheme: Scheme, noisy: bool = False, **options: Any) -> PulseUpdater:
    law = {"law": Linear(), "pulse_noise": 0.3, "spread": Spread(step=0.3)} if noisy else {}
    device = Device("x", 1e-6, 4e-5, STEP, STEP, **{"law": Constant(), **law})  # type: ignore[arg-type]
    chip = DeviceChip(device, full_scale={"*": 1.0})
    return Pulses(chip, scheme, **options).make(made, {}, RNG)


def steps(count: int, size: float) -> list[Parameters]:
    rng, found = np.random.default_rng(1), []
    for _ in range(count):
        found.append(Parameters(SHAPES, float))
        found[-1].flat[:] = size * rng.standard_normal(found[-1].flat.size)
    return found


def test_mixed_precision_writes_seldom_and_loses_nothing() -> None:
    made, asked = Parameters(SHAPES, float), np.zeros(SHAPES["w"])
    grants = updater(made, Mixed(every=4))
    for number, gradient in enumerate(steps(23, 0.02), 1):
        before = made.flat.copy()
        grants.apply(made, gradient, RATES)
        asked -= gradient["w"]
        sums = grants.scheme.charges["w"].reshape(SHAPES["w"])  # type: ignore[attr-defined]
        np.testing.assert_allclose(made["w"] + STEP * sums, asked, atol=1e-12)
        assert (number % 4 == 0) == bool((made.flat != before).any())
        assert number % 4 or np.abs(sums).max() < 1.0


def test_mixed_precision_at_every_update_is_a_capacitor_that_never_leaks() -> None:
    found = []
    for scheme in (Mixed(every=1), Accumulate()):
        made = Parameters(SHAPES, float)
        grants = updater(made, scheme, noisy=True)
        for gradient in steps(20, 0.02):
            grants.apply(made, gradient, RATES)
        found.append(made.flat)
    assert np.array_equal(*found)


@pytest.mark.parametrize("chopped", [False, True])
def test_transfer_reads_row_after_row_of_what_the_fast_array_holds(chopped: bool) -> None:
    """Against rows of whole pulses: constant steps, requests of whole pulses, no chance in it."""
    made = Parameters({"w": (3, 2)}, float)
    grants = updater(made, Transfer(every=2, speed=2.0, read=0.2983, chopped=chopped))
    fast, read, sign = np.zeros((3, 2)), np.zeros((3, 2)), np.ones(3)
    rng = np.random.default_rng(4)
    for update in range(1, 30):
        pulses = rng.integers(-2, 3, (3, 2))
        gradient = Parameters({"w": (3, 2)}, float)
        gradient["w"][:] = -STEP * pulses
        grants.apply(made, gradient, {"w": 1.0})
        fast += 2 * pulses * sign[:, None]
        if update % 2 == 0:
            row = update // 2 % 3
            read[row] += 0.2983 * sign[row] * fast[row]
            sign[row] *= -1 if chopped else 1
        sums = grants.scheme.charges["w"].reshape(3, 2)  # type: ignore[attr-defined]
        np.testing.assert_allclose(made["w"] / STEP + sums, read, atol=1e-9)
        np.testing.assert_allclose(made["w"] / STEP, np.rint(made["w"] / STEP), atol=1e-9)
        assert np.abs(sums).max() < 1.0
    assert np.abs(made["w"]).max() > 3 * STEP


def test_a_chopper_takes_out_what_the_fast_array_holds_by_itself() -> None:
    """A fast array that rests elsewhere writes its rest into the weights, unless signs turn."""
    moved = []
    for chopped in (False, True):
        made = Parameters({"w": (3, 2)}, float)
        grants = updater(made, Transfer(read=0.1, chopped=chopped))
        grants.scheme.fast["w"].values[:] = 10 * STEP  # type: ignore[attr-defined]
        for _ in range(60):
            grants.apply(made, Parameters({"w": (3, 2)}, float), {"w": 1.0})
        moved.append(np.abs(made["w"]).max())
    assert moved[0] == pytest.approx(20 * STEP, abs=2 * STEP)
    assert moved[1] <= STEP


def synapses(count: int, products: tuple[Floats, Floats] | None, scheme: Coincidence) -> Floats:
    """Return the mean change of 4 x 3 synapses in pulses, over so many updates."""
    device = Device("x", 1e-6, 4e-5, 1e-6, 1e-6, law=Constant())
    values = np.zeros((4, 3))
    array = DeviceArray(device, values, "pair", -1.0, 1.0, key_of(0, "w"))
    pulser, books = scheme.make({}), np.zeros(BOOKS)
    slope = np.zeros((4, 3)) if products is None else -products[0].T @ products[1]
    if products is None:
        slope[:] = -np.linspace(-0.5, 1.2, 12).reshape(4, 3)
    for counter in range(1, count + 1):
        rows = Rows(array, "w", 0, 12, slope, -np.ones(4), np.ones(3), products)
        pulser.apply(rows, counter, books)
    assert books[UP] == books[DOWN] > 0
    return values / array.pulse / count - (-slope)


def test_what_a_full_train_cannot_give_is_counted() -> None:
    device = Device("x", 1e-6, 4e-5, 1e-6, 1e-6, law=Constant())
    array = DeviceArray(device, np.zeros((2, 2)), "pair", -1.0, 1.0, key_of(0, "w"))
    slope, books = np.array([[40.0, -3.0], [-33.5, 31.0]]), np.zeros(BOOKS)
    rows = Rows(array, "w", 0, 4, slope, np.ones(2), np.ones(2))
    Coincidence(31).make({}).apply(rows, 1, books)
    assert books[REFUSED] == pytest.approx(9.0 + 2.5)


def test_trains_meet_as_often_as_was_asked_for_on_the_average() -> None:
    rng, count = np.random.default_rng(5), 3000
    products = 0.4 * rng.standard_normal((2, 4)), rng.standard_normal((2, 3))
    sizes = np.einsum("ti,tj->ij", *map(np.abs, products))  # of a binomial's variance, at most
    found = synapses(count, products, Coincidence())
    assert np.abs(found / np.sqrt(sizes / count)).max() < 4.0
    assert np.abs(synapses(count, None, Coincidence())).max() < 4 * np.sqrt(1.2 / count)


def test_a_contrast_is_written_as_means_and_differences() -> None:
    """Both phases' products cancel by nine tenths; mean and difference ask for no such pulses."""
    problem = crossed("squared", np.float64)
    found = []
    for factored in (True, False):
        system = HopfieldSystem(problem.network, stop=Stop(1e-12, 300), factored=factored)
        rule, drive = Centered(0.3), problem.drive
        estimate = rule.step(
            system, drive, problem.target, lambda asked: None, np.random.default_rng(0)
        )
        found.append(estimate.gradient)
    products, dense = found
    names = [c.name for c in problem.network.couplings]
    assert set(products.factors) == set(names)
    for name in names:
        before, behind = products.products(name)  # type: ignore[misc]
        np.testing.assert_allclose(-before.T @ behind, dense[name], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(products[name], dense[name], rtol=1e-9, atol=1e-12)
    assert dense.products(names[0]) is None

    s = [np.array([[0.8, 0.3]]), np.array([[0.9, 0.2]])]  # both nudged phases of one example
    gradient = Gradient(Parameters({"w": (2, 2)}, float), ["w"])
    gradient.factors["w"].append(
        Factors(np.vstack(s), np.vstack([s[0], -s[1]]), np.full(2, 2), phases=2)
    )
    before, behind = gradient.products("w")  # type: ignore[misc]
    np.testing.assert_allclose(before, [[0.85, 0.25], [-0.1, 0.1]])
    np.testing.assert_allclose(behind, [[-0.1, 0.1], [0.85, 0.25]])


def test_phases_that_do_not_differ_ask_for_no_trains() -> None:
    """An oscillating nudge has four phases of one example, and so have two steps of a pair."""
    rng, shares = np.random.default_rng(2), np.array([[-0.5], [2.0], [-2.0], [0.5]])
    for apart in (0.0, 0.01):
        pre, post = (rng.random((1, n)) + apart * rng.standard_normal((4, n)) for n in (5, 3))
        gradient = Gradient(Parameters({"w": (5, 3)}, float), ["w"])
        gradient.factors["w"].append(Factors(pre, shares * post, np.full(4, 5), phases=4))
        before, behind = gradient.products("w")  # type: ignore[misc]
        np.testing.assert_allclose(-before.T @ behind, gradient["w"], atol=1e-12)
        trains = np.abs(before).sum(axis=1) @ np.abs(behind).sum(axis=1)
        assert trains < 1e-12 + 50 * apart, "most of what is written would only undo itself"


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_resumes_to_the_bit(name: str) -> None:
    scheme = {"transfer": Transfer(chopped=True), "mixed": Mixed(every=3)}.get(name)
    scheme = scheme or SCHEMES[name]()

    def make() -> tuple[Parameters, PulseUpdater]:
        made = Parameters(SHAPES, np.float32)
        return made, updater(made, scheme, noisy=True, gain=Line())

    whole, grants = make()
    again, other = make()
    for number, gradient in enumerate(steps(14, 1.0)):
        asked = Parameters(SHAPES, np.float32)
        asked.flat[:] = gradient.flat
        if number == 7:
            other.from_arrays({k: v.copy() for k, v in grants.to_arrays().items()})
            again.flat[:] = whole.flat
        for parameters, one in ((whole, grants), (again, other)):
            if one is grants or number >= 7:
                one.apply(parameters, asked, {"w": 0.05, "b": 0.05})
    assert np.array_equal(whole.flat, again.flat)
    assert sum(grants.pulses.values()) > 50
    for key, array in grants.to_arrays().items():
        assert np.array_equal(array, other.to_arrays()[key]), key


def test_trains_carry_no_momentum() -> None:
    with pytest.raises(ValueError, match="no momentum"):
        updater(Parameters(SHAPES, float), Coincidence(), gain=Line(momentum=0.5))
    assert updater(Parameters(SHAPES, float), Stochastic(), gain=Line(momentum=0.5)).gain.mixes


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Mixed, {"every": 0}), (Mixed, {"most": 0}), (Transfer, {"every": 0}),
        (Transfer, {"speed": 0.0}), (Transfer, {"read": -1.0}), (Coincidence, {"length": 64}),
        (Coincidence, {"length": 0}),
    ],
)  # fmt: skip
def test_options_out_of_range_are_named(kind: Any, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        kind(**options)
