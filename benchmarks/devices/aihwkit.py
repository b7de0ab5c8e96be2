"""Laws against aihwkit's simulated devices: step curves, and the mean and spread of noisy pulses.

    python -m benchmarks.devices.aihwkit           compare with the numbers that are kept
    python -m benchmarks.devices.aihwkit --write   ask aihwkit again, and keep what it says

Writing needs aihwkit 1.1.0, whose wheel works with torch 2.10.0 and no later one (a minute). What
is kept, in aihwkit.json beside this file, are numbers only: of each kind of device the steps and
bounds that its devices were fabricated with, what they went through, and the settings of presets.
"""

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.cli.parser import Parser
from neuroep.core.pulses import device as kernels
from neuroep.devices.laws import LAWS, Law
from neuroep.traces.files import atomic_write

KEPT = Path(__file__).with_suffix(".json")

STEP = 0.02
RUNS = (60, -60, *(1, -1) * 10)
"""Pulses of a step curve: up, down, and in turns."""

NOISE, NOISY, MANY, TILES = 0.3, 5, 100_000, 8
"""Pulse noise, pulses of a device with noise, how many such devices, and of how many tiles: a tile
of aihwkit draws its noise from one short list, whose spread is up to a percent off."""

STARTS = (-0.3, 0.1, 0.4)
RANGE = {"w_max": 0.6, "w_min": -0.5}
DIFFERENT = {
    "dw_min_dtod": 0.3,
    "w_max_dtod": 0.2,
    "w_min_dtod": 0.2,
    "up_down": 0.1,
    "up_down_dtod": 0.05,
}
NODES_UP, NODES_DOWN = (1.5, 1.2, 1.0, 0.6, 0.2), (0.1, 0.5, 1.0, 1.3, 1.4)


@dataclass(frozen=True)
class Case:
    """A kind of device: what aihwkit calls it and is told of it, and what the law is told."""

    theirs: str
    settings: dict[str, Any]
    law: str
    fields: dict[str, Any] = field(default_factory=dict)
    relative: bool = True


EXPONENTIAL = {"a_up": 0.00081, "gamma_up": 12.44625, "a_down": 0.36833, "gamma_down": 12.78785}
THEIR_EXPONENTIAL = {
    "A_up": 0.00081,
    "gamma_up": 12.44625,
    "A_down": 0.36833,
    "gamma_down": 12.78785,
    "a": 0.244,
    "b": 0.2425,
}
LINEAR = {"gamma_up": 0.4, "gamma_down": 0.7}
THEIR_LINEAR = {
    **LINEAR,
    "gamma_up_dtod": 0.0,
    "gamma_down_dtod": 0.0,
    "mean_bound_reference": False,  # slopes go with each device's own bounds
}
POWER = {"pow_gamma": 1.7, "pow_gamma_dtod": 0.0}
PIECEWISE = {"piecewise_up": list(NODES_UP), "piecewise_down": list(NODES_DOWN)}
ADDED, SLOPE = 0.01, 0.05  # in weights, and a weight

CASES = {
    "constant": Case("ConstantStepDevice", {}, "constant"),
    "linear": Case(
        "LinearStepDevice", {**THEIR_LINEAR, "mult_noise": False}, "linear", LINEAR, False
    ),
    "linear, relative noise": Case(
        "LinearStepDevice", {**THEIR_LINEAR, "mult_noise": True}, "linear", LINEAR
    ),
    "soft bounds": Case("SoftBoundsDevice", {"mult_noise": False}, "linear", {}, False),
    "exponential": Case("ExpStepDevice", THEIR_EXPONENTIAL, "exponential", EXPONENTIAL),
    "exponential, scattered": Case(
        "ExpStepDevice",
        {**THEIR_EXPONENTIAL, "dw_min_std_add": ADDED, "dw_min_std_slope": SLOPE},
        "exponential",
        {**EXPONENTIAL, "noise_floor": ADDED / STEP, "noise_slope": SLOPE / STEP},
    ),
    "power": Case("PowStepDevice", POWER, "power", {"gamma_up": 1.7, "gamma_down": 1.7}),
    "piecewise": Case(
        "PiecewiseStepDevice",
        PIECEWISE,
        "piecewise",
        {"nodes_up": NODES_UP, "nodes_down": NODES_DOWN},
    ),
}

PRESETS = (
    "GokmenVlasov", "EcRam", "EcRamMO", "Capacitor", "ReRamSB", "ReRamArrayHfO2", "ReRamArrayOM",
    "PCM",
)  # fmt: skip


def law_of(case: Case) -> Law:
    """Return the law of a case."""
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in case.fields.items()}
    return LAWS[case.law](**values)


def tile(case: Case, settings: dict[str, Any], devices: int) -> Any:
    """Return a column of aihwkit's devices that takes one pulse an update."""
    from aihwkit.simulator import configs
    from aihwkit.simulator.tiles import AnalogTile

    device = getattr(configs, case.theirs)(dw_min=STEP, **RANGE, **settings, **case.settings)
    update = configs.UpdateParameters(
        desired_bl=1,
        update_bl_management=False,
        update_management=False,
        pulse_type=configs.PulseType.DETERMINISTIC_IMPLICIT,
    )
    made = AnalogTile(devices, 1, configs.SingleRPUConfig(device=device, update=update))
    made.set_learning_rate(1.0)
    return made


def read(column: Any) -> np.ndarray:
    """Return what aihwkit's devices weigh, float64."""
    return np.asarray(column.get_weights()[0].detach().numpy().reshape(-1), float)


def give(column: Any, direction: int) -> None:
    """Give each of aihwkit's devices one pulse; its updates descend."""
    import torch

    count = column.get_weights()[0].numel()
    column.update(-torch.ones(1, 1), torch.full((1, count), float(direction)))


def curves_of(case: Case) -> dict[str, Any]:
    """Return what four devices of different fabrication go through without noise."""
    import torch

    column = tile(case, {**DIFFERENT, "dw_min_std": 0.0}, 4)
    hidden = {k: v.detach().numpy().reshape(-1) for k, v in column.get_hidden_parameters().items()}
    column.tile.set_weights(torch.zeros(4, 1))
    states = [read(column)]
    for count in RUNS:
        for _ in range(abs(count)):
            give(column, 1 if count > 0 else -1)
        if abs(count) > 1 or count < 0:  # where a curve ends, and every other one of the turns
            states.append(read(column))
    names = ("dwmin_up", "dwmin_down", "min_bound", "max_bound")
    return {
        "devices": np.stack([hidden[name] for name in names], axis=1).astype(float).tolist(),
        "states": np.array(states).tolist(),
    }


def noise_of(case: Case) -> list[list[float]]:
    """Return start, direction, mean change and spread (steps) of many devices' noisy pulses."""
    import torch

    alike = {**dict.fromkeys(DIFFERENT, 0.0), "dw_min_std": NOISE}
    columns, found = [tile(case, alike, MANY) for _ in range(TILES)], []
    for start in STARTS:
        for direction in (1, -1):
            changes = []
            for column in columns:
                column.tile.set_weights(torch.full((MANY, 1), start))
                for _ in range(NOISY):
                    give(column, direction)
                changes.append((read(column) - float(np.float32(start))) / STEP)
            found.append([start, direction, float(np.mean(changes)), float(np.std(changes))])
    return found


def presets() -> dict[str, Any]:
    """Return the settings of aihwkit's presets, by name."""
    from aihwkit.simulator.presets import devices

    def plain(value: Any) -> bool:
        return isinstance(value, bool | int | float | str)

    every = {name: asdict(getattr(devices, f"{name}PresetDevice")()) for name in PRESETS}
    return {name: {k: v for k, v in one.items() if plain(v)} for name, one in every.items()}


def ask() -> dict[str, Any]:
    """Return aihwkit's numbers."""
    import aihwkit
    import torch

    torch.manual_seed(1)
    found = {name: {**curves_of(case), "noise": noise_of(case)} for name, case in CASES.items()}
    return {"aihwkit": aihwkit.__version__, "cases": found, "presets": presets()}


def curve_deviation(law: Law, kept: dict[str, Any]) -> float:
    """Return the largest distance of a law's step curves from aihwkit's, as a share of a range."""
    laws, constants = law.table(0.0, False)
    worst = 0.0
    for number, made in enumerate(np.array(kept["devices"])):
        theirs = [states[number] for states in kept["states"]]
        state, ours = 0.0, [0.0]
        for count in RUNS:
            for _ in range(abs(count)):
                state = kernels.pulsed(state, count > 0, made, laws, constants, 0.0)
            if abs(count) > 1 or count < 0:
                ours.append(state)
        distance = np.abs(np.array(ours) - theirs).max() / (made[3] - made[2])
        worst = max(worst, float(distance))
    return worst


def noise_deviation(law: Law, relative: bool, kept: dict[str, Any]) -> tuple[float, float]:
    """Return the largest relative distances of mean and spread of noisy pulses from aihwkit's."""
    laws, constants = law.table(NOISE, relative)
    kind = np.zeros(kernels.KIND_SIZE)
    kind[[kernels.STEP_UP, kernels.STEP_DOWN]] = STEP
    kind[[kernels.LOW, kernels.HIGH]] = RANGE["w_min"], RANGE["w_max"]
    which, off_mean, off_spread = np.arange(MANY), 0.0, 0.0
    for row, (start, direction, mean, spread) in enumerate(kept["noise"]):
        states, counts = np.full(MANY, float(start)), np.full(MANY, NOISY * direction)
        kernels.many_pulsed(states, which, counts, np.uint64(7), row, kind, laws, constants)
        changes = (states - start) / STEP
        off_mean = max(off_mean, abs(changes.mean() / mean - 1.0))
        off_spread = max(off_spread, abs(changes.std() / spread - 1.0))
    return off_mean, off_spread


def compared(kept: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    """Return name, and deviation of curve, mean and spread, of every case."""
    rows = []
    for name, case in CASES.items():
        law, one = law_of(case), kept["cases"][name]
        rows.append((name, curve_deviation(law, one), *noise_deviation(law, case.relative, one)))
    return rows


def main() -> None:
    """Compare, or write."""
    parser = Parser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="ask aihwkit, and keep the numbers")
    if parser.parse_args().write:
        atomic_write(KEPT, (json.dumps(ask()) + "\n").encode())
    print(f"{'law':<26}{'curve':>10}{'mean':>9}{'spread':>9}")
    rows = compared(json.loads(KEPT.read_text(encoding="utf-8")))
    for name, curve, mean, spread in rows:
        print(f"{name:<26}{curve:>10.1e}{mean:>9.2%}{spread:>9.2%}")
    sys.exit(any(curve > 1e-6 or mean > 0.01 or spread > 0.01 for _, curve, mean, spread in rows))


if __name__ == "__main__":
    main()
