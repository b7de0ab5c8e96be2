"""The attention figure: what a word's background says, and any text without a crash."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from neuroep.report import AttendedText, attention, save

pytestmark = pytest.mark.filterwarnings("error")


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(Text)]


def darkness(figure: Figure) -> list[float]:
    """One number per word, zero for white, in the order of the words."""
    return [1 - np.mean(p.get_facecolor()[:3]) for p in figure.findobj(FancyBboxPatch)]


def test_background_follows_the_attention():
    figure = attention([AttendedText(list("abcdefgh"), [0, 0, 0.1, 0, 0.6, 0.3, 0, 0])])
    dark = darkness(figure)
    assert dark[0] == 0
    assert dark[4] > dark[5] > dark[2] > 0


def test_even_attention_looks_pale():
    even = attention([AttendedText(["w"] * 20, np.full(20, 0.05))])
    peaked = attention([AttendedText(["w"] * 20, np.eye(20)[3])])
    assert max(darkness(even)) < 0.5 * max(darkness(peaked))


def test_an_ngram_shades_and_underlines_all_its_words():
    spans = [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2)]
    figure = attention([AttendedText(["not", "bad", "film"], [0, 0, 0, 1, 0], spans)])
    dark = darkness(figure)
    assert dark[0] == dark[1] > dark[2] == 0
    assert len([line for line in figure.axes[0].lines if line.get_gid() == "n-gram"]) == 1
    assert "n-gram" in texts(figure)


def test_an_ngram_across_a_line_break_is_underlined_in_two_pieces():
    words = ["wonderful"] * 12
    broken = [(i, i + 1) for i in range(5, 9)]
    pieces = [
        len([
            line
            for line in attention([AttendedText(words, [1.0], [span])]).axes[0].lines
            if line.get_gid() == "n-gram"
        ])
        for span in broken
    ]  # fmt: skip
    assert sorted(set(pieces)) == [1, 2]


def test_overlapping_ngrams_take_lanes_of_their_own():
    figure = attention([AttendedText(["a", "b", "c"], [0.6, 0.4], [(0, 1), (1, 2)])])
    heights = {
        float(line.get_ydata()[0]) for line in figure.axes[0].lines if line.get_gid() == "n-gram"
    }
    assert len(heights) == 2


def test_of_several_queries_the_strongest_decides():
    text = AttendedText(["a", "b", "c"], [[0.9, 0.1, 0], [0, 0.1, 0.9]])
    both = darkness(attention([text]))
    assert both[0] == both[2] > both[1]
    assert {"query 1", "query 2"} <= set(texts(attention([text])))


def test_verdict_is_marked_right_or_wrong():
    def header(prediction: str, truth: str) -> str:
        return texts(attention([AttendedText(["a"], [1.0], None, prediction, truth)]))[0]

    assert header("positive", "positive") == "✓ predicted positive"
    assert header("positive", "negative") == "✗ predicted positive"
    assert header("positive", "") == "predicted positive"


def test_a_long_text_shows_the_excerpt_with_the_most_attention():
    words = [f"w{i}" for i in range(400)]
    weights = np.zeros(400)
    weights[300] = 1.0
    said = texts(attention([AttendedText(words, weights)], most_words=50))
    assert "w300" in said
    assert "w0" not in said
    assert any("of 400 hold 100 %" in text for text in said)


def test_words_stay_inside_the_page_and_apart():
    words = ["an", "extraordinarily", "long", ".", "sentence", ",", "it", "is", "!"] * 7
    figure = attention([AttendedText(words, np.ones((4, len(words))) / len(words))])
    left, right = figure.axes[0].get_xlim()
    boxes = [patch.get_bbox() for patch in figure.findobj(FancyBboxPatch)]
    assert all(left < box.x0 and box.x1 < right for box in boxes)
    for one, other in pairwise(boxes):
        assert one.x1 < other.x0 or other.y0 >= one.y1


STRANGE = (
    "$x^2$", "$", "a\\b_{", "映画", "🎬", "\ud800", "\x00", "a\nb", "",
    "e\u0301", "x" * 5000, "مرحبا",
)  # fmt: skip


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_any_word_is_drawn_and_no_glyph_warns(suffix, tmp_path):
    weights = np.full(len(STRANGE), 1 / len(STRANGE))
    figure = attention([AttendedText(STRANGE, weights, None, word, word) for word in STRANGE])
    save(figure, tmp_path / f"figure.{suffix}")


def test_a_dollar_stays_a_dollar():
    assert "$12$" in texts(attention([AttendedText(["$12$"], [1.0])]))


@pytest.mark.parametrize(
    "text",
    [
        AttendedText([], np.zeros((2, 0))),
        AttendedText(["one"], [1.0]),
        AttendedText(["a", "b"], [0.0, 0.0]),
        AttendedText(["a", "b"], [np.nan, 1.0]),
        AttendedText(["a", "b"], [0.5, 0.5], [(0, 1), (-1, -1)]),
        AttendedText(["a", "b"], np.full((20, 2), 0.5)),
    ],
)
def test_degenerate_texts_are_drawn(text):
    attention([text]).draw_without_rendering()
    attention([]).draw_without_rendering()


def test_weights_that_fit_no_words_are_refused():
    with pytest.raises(ValueError, match="within the text's 2 words"):
        attention([AttendedText(["a", "b"], [0.5, 0.5, 0.0])])
    with pytest.raises(ValueError, match="3 patterns, spans 1"):
        attention([AttendedText(["a", "b"], [0.5, 0.5, 0.0], [(0, 1)])])
