"""Inputs of studies: plans of sweeps, ramps to fit, designs to verify."""

import tomllib
from pathlib import Path

import numpy as np
from experiment_support import REPO, TINY
from made_ramps import made_ramps

from endurance.command import Command
from endurance.material import Material
from endurance.mutations import Rng, mutate_bytes, mutate_lines, mutate_toml, one_of

PLAN = """
title = "A tiny chip"
design = "tiny.toml"
measure = "settle"
seeds = 2
settle.examples = 4
set = {solver = "sweep"}

[corners.typical]
[corners.cold]
circuit.temperature = "233.15 K"

[grid]
"settle.steps" = [20, 40]

[spec]
not_converged = {max = 0}
yield = {min = 0.5}
"""

CHIPS = """
design = "attention_small"
measure = "settle"
settle.examples = 4
set = {solver = "sweep"}

[chips]
count = 2
method = "sobol"

[chips.spread]
circuit.temperature = {low = "250 K", high = "400 K"}
circuit.capacitance = {mean = "1 pF", sigma = 0.1, scale = "log"}

[spec]
energy = {max = "2 uJ"}
"""

VERIFIED = """
design = "resistive_small"
measure = "verify"
verify = {without = ["ngspice"], timeout = 2.0}
"""

DESIGNS = ("attention_small", "resistive_small", "resistive_diodes", "plasticity_small")
ASKED = (
    ("--example", "-1"), ("--example", "3"), ("--target", "99"), ("--beta", "nan"),
    ("--beta", "1e300"), ("--beta", "-0.5"), ("--timeout", "0"), ("--timeout", "1e-9"),
    ("--learn", "1"), ("--weights", "nowhere"), ("--set", "circuit.duration=1 as"),
    ("--without", "nothing"), ("--figure", "a.xyz"), ("--results", "/dev/full"),
)  # fmt: skip
FITTED = (
    ("--up", "1-3"), ("--down", "99"), ("--up", "-"), ("--up", "1-99999999999"), ("--law", "x"),
    ("--read-voltage", "0 V"), ("--read-voltage", "1e-300 V"), ("--g-min", "5 S"), ("--g-max", ""),
    ("--g-min", "nan S"), ("--normalised",), ("--tables",), ("--name", "a/b"), ("--name", "\x1b[m"),
)  # fmt: skip


def _toml(rng: Rng, path: Path, text: str) -> None:
    """Write TOML, mutated."""
    way = rng.random()
    if way < 0.8:
        text = mutate_toml(rng, tomllib.loads(text))
    elif way < 0.9:
        text = mutate_lines(rng, text)
    data = text.encode("utf-8", "replace")
    path.write_bytes(data if way < 0.9 else mutate_bytes(rng, data))


def sweep(rng: Rng, folder: Path, material: Material) -> Command:
    """A plan of a sweep."""
    (folder / "tiny.toml").write_text(TINY)
    _toml(rng, folder / "plan.toml", one_of(rng, (PLAN, PLAN, CHIPS, VERIFIED)))
    how = one_of(rng, (["--dry-run"], ["--only", "0"], ["--workers", "1", "--no-figures"]))
    # Points that fail are told of one by one, and kept.
    return Command(["sweep", "plan.toml", "--out", "swept", *how], codes=(0, 1), leaves=("swept",))


def fit(rng: Rng, folder: Path, material: Material) -> Command:
    """Measured ramps."""
    seed = np.random.default_rng(4)
    ramps = made_ramps(seed, ramps=3, pulses=12) + made_ramps(seed, ramps=3, pulses=12, up=False)
    rows = np.transpose(ramps) * 1e-5 + 2e-5
    names = ",".join(f"r{n}" for n in range(len(ramps)))
    text = "\n".join([names, *(",".join(f"{g:.6g}" for g in row) for row in rows)]) + "\n"
    if rng.random() < 0.7:
        data = mutate_lines(rng, text).encode("utf-8", "replace")
    else:
        data = mutate_bytes(rng, text.encode())
    (folder / "r.csv").write_bytes(data)
    more = list(one_of(rng, FITTED)) if rng.random() < 0.3 else []
    law = ["--law", "linear"] if "--law" not in more else []
    return Command(["fit", "r.csv", "-o", "card.toml", *law, *more])


def verify(rng: Rng, folder: Path, material: Material) -> Command:
    """A design to verify."""
    name = one_of(rng, DESIGNS)
    text = (REPO / "circuits" / "designs" / f"{name}.toml").read_text()
    _toml(rng, folder / "d.toml", text)
    more = list(one_of(rng, ASKED)) if rng.random() < 0.3 else []
    if "--timeout" not in more:
        more += ["--timeout", "2"]
    if rng.random() < 0.8:
        more += ["--without", "ngspice"]
    if name in ("attention_small", "plasticity_small"):  # ten seconds of valid chips
        more += ["--without", "scipy"]
    return Command(["verify", "d.toml", *more], codes=(0, 1), told="  ")
