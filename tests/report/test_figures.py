"""Every figure from plausible and from degenerate input, without a warning."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from neuroep.report import (
    Spikes,
    raster,
    save,
    settling,
    spike_histogram,
    synapse,
    training_curves,
    weights,
)

pytestmark = pytest.mark.filterwarnings("error")
PHASES = ("free", "+beta", "-beta")
NAN = float("nan")


def texts(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


def smallest_font(figure: Figure) -> float:
    return min(t.get_fontsize() for t in figure.findobj(Text) if t.get_text())


def history(epochs: int) -> dict[str, np.ndarray]:
    t = np.arange(1.0, epochs + 1)
    return {
        "epoch": t,
        "train_accuracy": 0.9 - 0.1 / t,
        "validation_accuracy": 0.88 - 0.1 / t,
        "train_cost": 0.5 / t,
        "validation_cost": 0.6 / t,
    }


BASELINES = {"bag of words": 0.884, "mean vector": 0.85, "tf-idf": 0.893, "tf-idf, bigrams": 0.91}


def test_training_curves_show_units_baselines_and_marks():
    figure = training_curves(
        history(6), BASELINES, test={"spiking": 0.871, "sweep": 0.879},
        controls={"words shuffled": 0.74}, example="review",
    )  # fmt: skip
    said = texts(figure)
    for expected in (
        "accuracy (%)", "cost per review (1)", "epoch", "validation", "tf-idf, bigrams 91.0",
        "test, analog (sweeps)", "test, words shuffled", "bag of words 88.4", "test, spiking",
    ):  # fmt: skip
        assert expected in said
    assert smallest_font(figure) >= 9
    assert [tick for tick in figure.axes[0].get_xticks() if tick > 6] == []
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    np.testing.assert_allclose(lines["validation"][-1], 100 * (0.88 - 0.1 / 6))
    np.testing.assert_allclose(lines["test, words shuffled"], 74)


def test_an_example_may_have_any_name():
    said = texts(training_curves(history(2), example="flower"))
    assert "cost per flower (1)" in said
    assert not any(text.startswith("test") for text in said)


def test_close_baselines_get_names_that_do_not_overlap():
    close = {f"baseline {i}": 0.88 + 1e-4 * i for i in range(5)}
    figure = training_curves(history(3), close)
    figure.draw_without_rendering()
    names = [t for t in figure.findobj(Text) if t.get_text().startswith("baseline")]
    boxes = [name.get_window_extent() for name in names]
    middles = sorted((box.y0 + box.y1) / 2 for box in boxes)
    assert min(np.diff(middles)) > 0.9 * min(box.height for box in boxes)


@pytest.mark.parametrize(
    "data",
    [
        history(1),
        {},
        {"train_accuracy": [0.5], "train_cost": [NAN]},
        {"train_accuracy": [0.5, NAN, 0.7], "train_cost": [1.0, NAN, np.inf]},
        {"epoch": [0, 1], "validation_accuracy": [0.5, 0.5]},
    ],
)
def test_degenerate_histories_are_drawn(data):
    texts(training_curves(data))
    texts(training_curves(data, BASELINES, test={"spiking": 0.5}))
    if "train_cost" in data and np.isnan(data["train_cost"][0]):
        assert "no finite cost" in texts(training_curves(data))


def decays(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    fall = np.exp(-0.3 * np.arange(shape[-1]))
    return {phase: np.broadcast_to(1 + fall, shape) for phase in PHASES}


def test_settling_has_a_column_per_solver_and_time_in_microseconds():
    energy = {"sweep": decays((20,)), "spiking": decays((4, 160))}
    figure = settling(
        energy, energy, step_time={"spiking": 1e-6}, tolerance={"sweep": 1e-3, "spiking": 2e-2}
    )
    said = texts(figure)
    for expected in (
        "analog (sweeps)", "spiking", "sweeps", "time (µs)", "residual (1)",
        "excess energy (1)", "free phase", "nudged, +β", "tolerance", "tolerance of averages",
    ):  # fmt: skip
        assert expected in said
    levels = [[line.get_ydata()[0] for line in axes.lines][-1] for axes in figure.axes[2:]]
    assert levels == [1e-3, 2e-2]  # each solver's own
    assert not any("$" in text for text in said)
    longest = max(line.get_xdata()[-1] for line in figure.axes[1].lines)
    assert longest == pytest.approx(159)  # 160 steps of 1 us
    assert smallest_font(figure) >= 9


def test_settling_draws_the_distance_from_the_last_finite_energy():
    figure = settling({"sweep": {"free": [5.0, 3.0, 2.0, NAN]}}, {})
    drawn = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(drawn, [3.0, 1.0, NAN, NAN])


@pytest.mark.parametrize(
    "array", [[1.0], [2.0, 2.0, 2.0], [NAN, NAN], [[0.0, NAN], [3.0, 1.0]], [-np.inf, 1.0]]
)
def test_degenerate_settling_is_drawn(array):
    curves = {"sweep": {"free": array}}
    texts(settling(curves, curves))
    texts(settling({}, {}))


def some_spikes(neurons: int, *, signed: bool) -> Spikes:
    rng = np.random.default_rng(3)
    time, neuron = np.nonzero(rng.random((100, neurons)) < 0.2)
    return Spikes(time * 1e-6, neuron, rng.choice([-1, 1], len(time)) if signed else None)


def test_raster_stacks_layers_and_sets_phases_side_by_side():
    sizes = {"attention $x$": 40, "_hidden": 16, "out": 2}
    spikes = {
        phase: {name: some_spikes(n, signed=n == 40) for name, n in sizes.items()}
        for phase in PHASES
    }
    output = {phase: (np.arange(100) * 1e-6, np.ones((100, 2))) for phase in PHASES}
    figure = raster(
        spikes, sizes=sizes, duration=dict.fromkeys(PHASES, 1e-4), output=output,
        output_names=("negative", "positive"), output_label="membrane potential (V)",
    )  # fmt: skip
    assert len(figure.axes) == 4 * 3
    said = texts(figure)
    for expected in (
        "free phase", "nudged, +β", "attention $x$\n(40)", "_hidden\n(16)", "time (µs)",
        "membrane potential\n(V)", "spike, +", "output: positive",
    ):  # fmt: skip
        assert expected in said
    positive, negative = figure.axes[0].lines[:2]
    drawn = len(positive.get_xdata()) + len(negative.get_xdata())
    assert drawn == len(spikes["free"]["attention $x$"].time)
    assert positive.get_color() != negative.get_color()
    assert smallest_font(figure) >= 9


def test_rasters_without_spikes_layers_or_phases_are_drawn(tmp_path):
    silent = raster(
        {"free": {"hidden": Spikes([], [])}}, sizes={"hidden": 1, "out": 2}, duration={"free": 0.0},
        output={"free": ([0.0], [[0.5, NAN]])},
    )  # fmt: skip
    assert texts(silent).count("no spikes") == 2
    texts(silent)
    texts(raster({}, sizes={}, duration={}))
    big = raster(
        {"free": {"big": some_spikes(1000, signed=True)}}, sizes={"big": 1000},
        duration={"free": 1e-4},
    )  # fmt: skip
    save(big, tmp_path / "big.svg")
    assert (tmp_path / "big.svg").stat().st_size < 3e6


def test_spike_histogram_names_layers_and_means():
    counts = {"hidden": np.full((5, 8), 20), "out": np.empty((0, 2)), "dead": np.zeros((5, 3))}
    figure = spike_histogram(counts, most=160)
    said = texts(figure)
    for expected in ("hidden", "mean 20", "mean 0", "no neurons", "saturated"):
        assert expected in said
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == pytest.approx(100)
    texts(spike_histogram({}))


def test_weights_share_one_symmetric_scale_and_lie_down():
    rng = np.random.default_rng(5)
    before, after = 0.1 * rng.normal(size=(2, 60, 8))
    after[0, 0] = 4.0
    figure = weights(
        before, after, name="heads → hidden", axis_names=("head line", "hidden neuron"), unit="µS"
    )
    images = [image for axes in figure.axes for image in axes.images]
    assert images[0].get_clim() == images[1].get_clim()
    low, high = images[0].get_clim()
    assert low == -high
    assert high < 1  # one outlier does not blank the rest
    assert images[0].get_array().shape == (8, 60)
    said = texts(figure)
    for expected in ("weight (µS)", "hidden neuron", "head line", "before", "after"):
        assert expected in said
    assert not any("$" in text for text in said)
    assert smallest_font(figure) >= 9


@pytest.mark.parametrize(
    "matrix", [np.zeros((4, 3)), np.zeros(5), np.full((2, 2), NAN), np.ones((1, 1)), np.eye(300)]
)
def test_degenerate_weights_are_drawn(matrix):
    texts(weights(matrix, matrix, name="w"))


def test_weights_of_two_shapes_are_refused():
    with pytest.raises(ValueError, match=r"heads: before \(2, 3\) and after \(3, 2\)"):
        weights(np.zeros((2, 3)), np.zeros((3, 2)), name="heads")


def test_settling_without_tolerances_draws_no_line():
    figure = settling({"sweep": decays((20,))}, {"sweep": decays((20,))}, tolerance={"spiking": 1})
    assert not [text for text in texts(figure) if "tolerance" in text]


def test_synapse_shows_the_difference_that_teaches_on_the_scale_of_what_it_asks():
    steps = np.arange(0, 400, 4)
    wave = np.sin(0.1 * np.arange(100))
    figure = synapse(
        steps, wave, 5 + wave, 5 - wave, -0.004 * wave, 0.1 * wave, name="a[1] → b[2]", unit="S"
    )
    said = texts(figure)
    for expected in (
        "weight (S)", "change per step\n(S)", "training step", "asked for", "applied",
        "difference of what\nit saw (S)", "a[1] → b[2]", "(+β) − (−β), × −0.002",
    ):  # fmt: skip
        assert expected in said
    drawn = {line.get_label(): line.get_ydata() for line in figure.axes[1].lines}
    np.testing.assert_allclose(drawn["(+β) − (−β), × −0.002"], drawn["asked for"], atol=1e-12)
    assert smallest_font(figure) >= 9


def test_phases_that_do_not_differ_teach_nothing():
    one = np.ones(5)
    figure = synapse(np.arange(5), one, one, one, 1e-300 * one, one)
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), 0.0)
    texts(figure)


@pytest.mark.parametrize("values", [[], [0.0], [NAN], [0.0, NAN, 1.0], np.full(100, NAN)])
def test_degenerate_synapses_are_drawn(values):
    figure = synapse(np.arange(len(values)), values, values, values, values, values)
    texts(figure)


def test_the_callers_style_neither_changes_nor_is_changed(tmp_path):
    with matplotlib.rc_context({"font.size": 30.0, "text.usetex": True}):
        before = dict(matplotlib.rcParams)
        save(training_curves(history(2), BASELINES), tmp_path / "theirs.png")
        assert dict(matplotlib.rcParams) == before
    save(training_curves(history(2), BASELINES), tmp_path / "ours.png")
    assert (tmp_path / "theirs.png").read_bytes() == (tmp_path / "ours.png").read_bytes()


def test_no_figure_touches_pyplot(tmp_path):
    code = (
        "import sys; from neuroep import report\n"
        "report.save(report.training_curves({'train_cost': [1, 2]}), sys.argv[1])\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "figure.png")], check=True)
