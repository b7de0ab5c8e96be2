"""The machine's bounds count what they do, and earlier figures of a benchmark stay."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPO)


def test_work_is_counted_by_hand() -> None:
    from benchmarks.roofline import CachedRead, Copy, Exponentials, Product

    assert Copy(1).amount == 2 * Copy(1).make().__closure__[0].cell_contents.nbytes
    read = CachedRead(8).make()
    assert read() == 8 * 125  # ones in each of two vectors of float32
    assert CachedRead(8).amount == 2 * 8 * 125 * 4
    small, large = Product(4, 10, 23), Product(256, 256, 256)
    assert small.make()().shape == (16, 4, 23)
    assert small.amount == 16 * 2 * 4 * 10 * 23
    assert large.make()().shape == (256, 256)
    assert large.amount == 2 * 256**3
    assert Exponentials(9).amount == 9


def test_loops_make_the_products_of_blas() -> None:
    from benchmarks.roofline import Product

    by_blas, by_loops = Product(4, 10, 23), Product(4, 10, 23, "loops")
    assert by_loops.label == "GEMM 4 x 10 x 23, loops"
    call = by_loops.make()
    call()
    cells = [c.cell_contents for c in call.__closure__ or ()]
    (made,) = (c for c in cells if isinstance(c, np.ndarray) and c.shape == (16, 4, 23))
    np.testing.assert_allclose(made, by_blas.make()(), rtol=1e-5)


def test_a_matrix_vector_product_is_called_so() -> None:
    from benchmarks.roofline import Product

    assert Product(3, 4, 1).label == "GEMV 3 x 4"
    assert Product(3, 4, 5).label == "GEMM 3 x 4 x 5"


def test_both_exponentials_are_the_same() -> None:
    from benchmarks.roofline import Exponentials

    found = {}
    for by in ("numba", "numpy"):
        call = Exponentials(100, by).make()
        call()
        cells = [c.cell_contents for c in call.__closure__ or ()]
        found[by] = next(c for c in cells if isinstance(c, np.ndarray) and (c >= 0).all())
    assert 0 < found["numpy"].min() < 0.1 < found["numpy"].max() <= 1
    np.testing.assert_allclose(found["numba"], found["numpy"], rtol=1e-6)


def test_all_threads_work_together() -> None:
    from benchmarks.roofline import Machine, Product, lines, rate

    bound = Product(8, 8, 8)
    figures = Machine().measure([bound], 2)
    one = figures["rates"][bound.label]
    assert rate(figures, bound) == pytest.approx(2 * bound.amount / one["seconds"])
    assert figures["blas"]
    assert lines(figures).startswith("What the machine does in 2 threads: GEMM 8 x 8 x 8 ")


def test_earlier_figures_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written anew keeps day, machine and headline figures of all before."""
    from benchmarks import measure, roofline

    page = tmp_path / "page.md"
    page.write_text("<!-- toy -->\n\n<!-- end of toy -->\n")
    monkeypatch.setattr(measure, "RESULTS", tmp_path)
    monkeypatch.setattr(measure, "PAGE", page)
    able = {"threads": 1, "rates": {"copy": {"per_second": 2e9, "unit": "B", "seconds": 1.0}}}
    monkeypatch.setattr(roofline, "measured", lambda bounds: able)
    monkeypatch.setattr(sys, "argv", ["toy", "--write"])
    for median in (2.0, 3.0, 4.0):
        figures: dict[str, Any] = {
            "cases": [{"ratio": {"median": median, "min": 1.0}, "ratio_fixed": median + 0.5}],
            "seconds": 7.0,
        }
        measure.run("toy", "A toy.", lambda figures=figures: (figures, "a table"))
    written = json.loads((tmp_path / "benchmark_toy.json").read_text())
    assert written["cases"][0]["ratio"]["median"] == 4.0
    assert written["roofline"] == able
    headlines = [entry["headline"] for entry in written["history"]]
    assert headlines == [{"cases/0/ratio": m, "cases/0/ratio_fixed": m + 0.5} for m in (2.0, 3.0)]
    for entry in written["history"]:
        assert set(entry) == {"date", "machine", "load_average_before", "headline"}
        assert entry["machine"]["blas"]
    assert "copy 2 GB/s" in page.read_text()


def test_every_benchmark_has_a_headline() -> None:
    """What its command calls the headline is found in the file that stands there."""
    from benchmarks.history import kept

    names = {}
    for path in (REPO / "benchmarks").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        call = source[source.rfind("    run(") :]
        if 'if __name__ == "__main__":\n    run(' in source:
            name = call.split('"')[1]
            found = call.split('headline="')
            names[name] = found[1].split('"')[0] if len(found) > 1 else "ratio"
    assert len(names) > 10
    for name, headline in names.items():
        file = REPO / "docs" / "results" / f"benchmark_{name}.json"
        entry = kept(json.loads(file.read_text(encoding="utf-8")), headline)
        assert entry["headline"], name
        assert all(np.isfinite(value) for value in entry["headline"].values()), name
