"""Which class was taken for which: any number of classes, with their names."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from neuroep.report import confusion

pytestmark = pytest.mark.filterwarnings("error")


def texts(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


def counts_of(classes: int) -> np.ndarray:
    return np.arange(classes**2).reshape(classes, classes) + 50 * np.eye(classes, dtype=int)


def test_few_classes_show_share_and_count():
    figure = confusion({"sweep": [[3, 1], [0, 4]]}, ["negative", "positive"], example="review")
    said = texts(figure)
    for expected in ("75.0 %\n3", "25.0 %\n1", "0.0 %\n0", "100.0 %\n4", "negative", "predicted",
                     "truth", "analog (sweeps): 1 errors in 8 reviews"):  # fmt: skip
        assert expected in said


def test_more_classes_show_the_errors():
    counts = counts_of(10)
    figure = confusion({"test": counts}, [str(i) for i in range(10)], example="image")
    (image,) = figure.axes[0].images
    drawn = np.asarray(image.get_array())
    assert (np.diag(drawn) == 0).all()
    wrong = counts - np.diag(np.diag(counts))
    np.testing.assert_allclose(drawn, wrong / counts.sum(axis=1, keepdims=True))
    assert f"test: {wrong.sum()} errors in {counts.sum()} images" in texts(figure)
    assert "89" in texts(figure)


@pytest.mark.parametrize("classes", [2, 3, 5, 6, 10, 25, 77])
@pytest.mark.parametrize("tests", [("sweep",), ("sweep", "spiking")])
def test_names_of_any_number_of_classes_do_not_overlap(classes, tests):
    names = [f"class number {i}" for i in range(classes)]
    figure = confusion(dict.fromkeys(tests, counts_of(classes)), names)
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    low = sorted((box.y0, box.y1) for box in boxes)
    assert all(below[1] <= above[0] + 2 for below, above in pairwise(low))


def test_degenerate_matrices_are_drawn():
    texts(confusion({"sweep": np.zeros((2, 2))}, ["a", "b"]))
    texts(confusion({"sweep": np.zeros((8, 8))}, list("abcdefgh")))
    texts(confusion({}, ["a", "b"]))


def test_a_matrix_of_other_classes_is_refused():
    with pytest.raises(ValueError, match=r"sweep: counts of shape \(2, 2\), 3 classes"):
        confusion({"sweep": np.zeros((2, 2))}, list("abc"))
