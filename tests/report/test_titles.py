"""What stands over and beside panels: no folders, no title twice, which node, which part."""

import numpy as np
import pytest
from matplotlib.text import Text

from neuroep.report import oscilloscope, waveforms
from neuroep.report.gradient_figures import ErrorPanel, error_over_beta
from neuroep.report.style import distinct

BETAS = [0.01, 0.1]


def texts(figure):
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("trained by /tmp/a folder/runs/0001-imdb, smooth", None),
        ("trained by /tmp/runs/0001-imdb, smooth", "trained by 0001-imdb, smooth"),
        ("after ../runs/0001-imdb", "after 0001-imdb"),
        ("~/runs/x.toml", "x.toml"),
        ("10 V/s and 3/4", "10 V/s and 3/4"),
        ("a / b", "a / b"),
    ],
)
def test_folders_are_left_out(given, title):
    (found,) = distinct([given], 60)
    assert "/tmp" not in found
    if title is not None:
        assert found == title


def test_long_titles_keep_both_ends_and_stay_different():
    long = [f"after 200 steps on a great number of reviews, {kind}" for kind in ("own", "smooth")]
    short = distinct(long, 24)
    assert len(set(short)) == 2
    assert all(len(title) <= 24 for title in short)
    assert short[1].endswith("smooth")
    assert distinct(["same", "same", "other"], 24) == ["same (1)", "same (2)", "other"]


def test_panels_of_one_run_have_titles_of_their_own():
    run = "/tmp/some/where/deep/in/the/file/system/runs/0007-imdb_paper"
    panels = [
        ErrorPanel(f"as trained by {run}, {kind} activation", BETAS, {"w": [1e-4, 1e-2]}, {})
        for kind in ("smooth", "own")
    ]
    titles = [axes.get_title(loc="left") for axes in error_over_beta(panels).axes]
    assert len(set(titles)) == 2
    assert all("0007-imdb_paper" in title and "/" not in title for title in titles)


def waves(layers):
    time = np.linspace(0, 1e-6, 20)
    return time, {name: np.outer(time, np.arange(1.0, n + 1)) * 1e6 for name, n in layers.items()}


def test_waveforms_say_which_node_and_that_it_is_a_part():
    trace = waves({"hidden": 3, "out": 2})
    figure = waveforms(
        {"transient": [trace] * 2, "ngspice": [trace] * 2},
        ["free", "+beta"],
        note="a slice: 3 of 512 neurons",
    )
    said = texts(figure)
    assert {"node", "0", "1", "2", "a slice: 3 of 512 neurons"} <= set(said)
    legend = figure.axes[1].get_legend()
    colour = dict(zip([t.get_text() for t in legend.get_texts()], legend.get_lines(), strict=True))
    highest = max(figure.axes[0].lines, key=lambda line: line.get_ydata()[-1])
    assert colour["2"].get_color() == highest.get_color()


def test_waveforms_of_many_programs_are_told_apart():
    names = [f"program {number}" for number in range(8)]
    figure = waveforms({name: [waves({"hidden": 2})] for name in names}, ["free"])
    handles = figure.legends[0].legend_handles
    assert len({(h.get_linestyle(), h.get_marker()) for h in handles}) == len(names)


def test_the_oscilloscope_says_which_node():
    time, volts = waves({"hidden": 3})
    phases = [volts["hidden"], 2 * volts["hidden"], volts["hidden"]]
    figure = oscilloscope(time, {"hidden": phases}, {"0 to 1": time}, coupling="a-b", switch=1e-6)
    assert {"0", "1", "2"} <= set(texts(figure))
