"""Wires, and what makes slopes of the ends of lines: said when a design is read."""

from pathlib import Path

import pytest

from neuroep.design.load import load_design
from neuroep.errors import InputError

WIRES = "circuit.wires.resistance='2 ohm'"
LARGE = """
title = "many heads"
solver = "sweep"
[layers.words]
type = "clamped"
tokens = 4
dim = 512
[layers.heads]
type = "pooled_attention"
patterns = "words"
queries = 256
[layers.out]
type = "sigmoid"
size = 8
[[couplings]]
between = ["heads", "out"]
[cost]
type = "squared_error"
layer = "out"
"""


def test_coincidences_are_refused_behind_wires() -> None:
    scheme = "learning.scheme=coincidence"
    with pytest.raises(InputError, match=r"circuit\.wires, learning\.scheme: [^\n]*$"):
        load_design("onchip_mnist", [WIRES, scheme])
    load_design("onchip_mnist", [scheme])
    load_design("onchip_mnist", [WIRES])
    # A twin whose weights are floats sends no pulses.
    load_design("onchip_mnist", [WIRES, scheme, "learning.update=adam"])


def test_large_couplings_are_refused_behind_wires(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text(LARGE)
    with pytest.raises(
        InputError, match=r"circuit\.wires, couplings: heads-out has 1048576 [^\n]*$"
    ):
        load_design(str(path), [WIRES])
    load_design(str(path))
    load_design(str(path), [WIRES, "layers.heads.queries=128"])
