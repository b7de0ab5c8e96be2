"""The pages that are run as they stand: commands, Python, designs and cells, on made data."""

import io
import json
import re
import shlex
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple

import pytest
from experiment_support import more, neuroep
from made_data import make_all

from neuroep.hardware.programs.ngspice import available

REPO = Path(__file__).resolve().parents[2]
QUICK = ("--no-figures", "--no-baselines", "--epochs", "1")
"""What a training on a page is run with, whatever stands there."""
WITHOUT = ("--without", "ngspice")
NEEDS_DASK = pytest.mark.skipif(
    find_spec("distributed") is None, reason="Dask is not installed (pip install 'neuroep[sweep]')"
)


class Block(NamedTuple):
    """A fenced block: its language, its lines, and the file it is to be saved as."""

    language: str
    text: str
    file: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    start = 0
    for found in re.finditer(r"(?ms)^```(\w+)\n(.*?)^```$", text):
        before = text[start : found.start()]
        saved = re.findall(r"save\s+it\s+as\s+`([^`]+)`", before)
        yield Block(found[1], found[2], saved[-1] if saved else "")
        start = found.end()


def commands(text: str) -> list[str]:
    """Return the commands of a block of shell, continuation lines joined."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def run_command(line: str, patch: pytest.MonkeyPatch, spice: bool = True) -> None:
    """Run one command of a page in this process; ``spice``: with ngspice, where there is one."""
    said, _, command = line.rpartition(" | ")
    words = shlex.split(command, comments=True)
    assert words[0] == "neuroep", line
    if words[1] == "train":
        words += QUICK
    if words[1] == "sweep":
        words.append("--no-figures")
    if words[1] == "verify":  # Brian2 compiles for a minute, and is tested elsewhere
        words += ["--without", "brian2", *([] if spice and available() else WITHOUT)]
    if said:
        text = shlex.split(said)
        assert text[0] == "echo"
        typed = io.TextIOWrapper(io.BytesIO(f"{text[1]}\n".encode()))
        patch.setattr(sys, "stdin", typed)
    assert neuroep(*words[1:]) == 0, line


def run_page(page: Path, patch: pytest.MonkeyPatch, spice: bool = True) -> None:
    """Run every block of a page, in order; Python blocks share their names."""
    names: dict[str, Any] = {}
    for block in blocks(page):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            for line in commands(block.text):
                run_command(line, patch, spice)
        elif block.language == "python":
            exec(compile(block.text, str(page), "exec"), names)
        else:
            assert block.language == "csv", f"{page.name}: a block of {block.language} not run"


@pytest.fixture
def in_made_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the data that the pages name."""
    make_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["own_data", "own_chip", "python", "export"])
def test_a_page_runs_as_it_stands(
    name: str, in_made_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_page(REPO / "docs" / f"{name}.md", monkeypatch, spice=name == "own_chip")
    assert list(in_made_folder.glob("runs/*/metrics.json"))


@pytest.mark.parametrize(
    "name",
    [
        *(f"tutorials/{name}" for name in ("first_chip", "waveform", "measured_device")),
        *(f"howto/{name}" for name in ("resume", "export")),
        pytest.param("howto/workers", marks=NEEDS_DASK),
        *more("howto/corners"),
    ],
)
def test_a_tutorial_or_a_recipe_runs_as_it_stands(
    name: str, in_made_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("tutorials/"):  # the first one makes the data of all
        first = next(b for b in blocks(REPO / "docs/tutorials/first_chip.md") if b[0] == "python")
        exec(compile(first.text, "first_chip.md", "exec"), {})
    run_page(REPO / "docs" / f"{name}.md", monkeypatch, spice=False)


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [block for block in blocks(REPO / "README.md") if block.language == "python"]
    assert found
    names: dict[str, Any] = {}
    for block in found:
        exec(compile(block.text, "README.md", "exec"), names)
    assert names["free"].steps.shape == (1, 3)
    assert all(array.any() for array in names["gradient"].values())


@pytest.mark.parametrize("page", ["circuits", "devices", "gradcheck"])
def test_the_python_of_a_page_runs(
    page: str, in_made_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for block in blocks(REPO / "docs" / f"{page}.md"):
        if block.language == "python":
            exec(compile(block.text, page, "exec"), {})
    assert capsys.readouterr().out


def test_examples_of_files_are_those_that_are_read(in_made_folder: Path) -> None:
    headers = [b.text.splitlines()[0] for b in blocks(REPO / "docs/own_data.md") if b[0] == "csv"]
    made = [path.read_text().splitlines()[0] for path in in_made_folder.glob("*.csv")]
    assert len(headers) == 2
    assert set(headers) <= set(made)


def pages() -> list[Path]:
    """Return every page that people read."""
    return [REPO / "README.md", *sorted((REPO / "docs").glob("**/*.md"))]


def test_links_lead_somewhere() -> None:
    lost = []
    for page in pages():
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            file = (page.parent / path) if path else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                lost.append(f"{page.relative_to(REPO)}: {target}")
    assert not lost


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_index_lists_every_page() -> None:
    index = (REPO / "docs" / "index.md").read_text()
    for page in (REPO / "docs").glob("*.md"):
        if page.name != "index.md":
            assert f"({page.name})" in index, page.name


OLD = (
    r"learning\.estimator",
    r"\[pairs\.(identity|opposite|tied)\]",
    r"(spiking|analog)_accuracy",
    r"baselines --reviews",
)


def test_nothing_speaks_of_what_is_gone() -> None:
    files = [*pages(), *(REPO / "sims").glob("*.py"), *(REPO / "circuits").glob("**/*.toml")]
    for file in files:
        for old in OLD:
            assert not re.search(old, file.read_text(encoding="utf-8")), f"{file.name}: {old}"


def test_result_files_that_are_named_exist() -> None:
    for page in pages():
        for name in re.findall(r"docs/results/([\w.*$-]+)", page.read_text(encoding="utf-8")):
            pattern = re.sub(r"\$\w+", "*", name)
            assert list((REPO / "docs/results").glob(pattern)), f"{page.name}: {name}"


def test_figures_on_chips_that_learn_are_those_of_the_files_beside_them() -> None:
    page = (REPO / "docs/onchip.md").read_text(encoding="utf-8")

    def accuracy(name: str) -> float:
        found = json.loads((REPO / f"docs/results/{name}.json").read_text(encoding="utf-8"))
        return 100 * float(found["test_accuracy"])

    for row in ("reviews_onchip_adam", "reviews_onchip_100", "imdb_onchip", "resistive_onchip_sgd"):
        seeds = [accuracy(f"{row}_seed{seed}") for seed in range(3)]
        assert f"| {mean(seeds):.2f} ± {stdev(seeds):.2f} |" in page, row
    told = re.findall(r"([\d.]+) %[^%]*?\(\[result file\]\(results/(\w+)\.json\)\)", page)
    assert len(told) >= 3
    for figure, name in told:
        assert float(figure) == pytest.approx(accuracy(name), abs=0.0051), name
