"""A chip of transistors that learns in ngspice, beside one that is programmed.

    python -m benchmarks.transistors.in_the_loop [--draws N] [--steps N]

The design ``transistors_small``, 4-4-2 in SkyWater 130 nm: eight cases, exclusive or of two of four
inputs. Of every drawn chip (thresholds by the process's own mismatch): what weights of an ideal
network do when programmed; the chip in the loop from scratch, every phase a transient of the whole
transistor circuit; programmed weights and some steps in the loop; and weights trained on the chip's
own curves, then programmed. Losses and accuracies are all the circuit's own, by ngspice; the eight
cases are trained on and looked at, there is no other set. Result: docs/results/in_the_loop.json,
figure: docs/images/in_the_loop.png. The result file says how many minutes it took.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.measure import IMAGES, RESULTS
from neuroep.cli.parser import Parser
from neuroep.core.tables import Floats, Ints
from neuroep.design.load import load_design
from neuroep.learning.system import System
from neuroep.learning.trainer import Trainer
from neuroep.network.parameters import Parameters
from neuroep.report import save
from neuroep.report.style import DASHED, WIDTH_INCHES, entitle, palette, styled
from neuroep.traces.files import write_json

DESIGN = "transistors_small"
RESULT, FIGURE = "in_the_loop.json", "in_the_loop.png"
IDEAL_STEPS = 80
AFTER, GENTLY = 20, 0.03
"""Steps in the loop after programming, and their rate; from scratch it is the design's own."""


class Cases:
    """Exclusive or of the signs of two inputs, whatever a third one is; the fourth alternates."""

    def __init__(self) -> None:
        signs = [(a, b, c) for a in (-0.8, 0.8) for b in (-0.8, 0.8) for c in (-0.8, 0.8)]
        rows = [(*s, 0.3 * (-1) ** k) for k, s in enumerate(signs)]
        self.values = np.array(rows, np.float32)
        self.labels = np.array([int(a * b < 0) for a, b, _ in signs])

    def __len__(self) -> int:
        return len(self.values)

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[dict[str, Floats], Floats]:
        """Return rows (B, 4) and one-hot targets (B, 2)."""
        return {"inputs": self.values[indices]}, np.eye(2, dtype=np.float32)[self.labels[indices]]


@dataclass(frozen=True)
class Score:
    """Mean cost and share of right answers over the cases."""

    loss: float
    accuracy: float


def score(system: System, parameters: Parameters | None = None) -> Score:
    """Return what a chip says of all cases, with given parameters."""
    if parameters is not None:
        system.parameters.take(parameters.flat)
    inputs, target = Cases().batch(np.arange(len(Cases())))
    free = system.settle(system.clamp(inputs))
    right = system.scores(free)[0].argmax(axis=1) == target.argmax(axis=1)
    return Score(float(system.cost(free, target).mean()), float(right.mean()))


def trained(
    design: Any, system: System, steps: int, rate: float = 0.0
) -> tuple[list[float], Parameters]:
    """Train a system in place; return the loss before every step, and the parameters."""
    rates = {"*": rate} if rate else design.recipe.rates
    recipe = replace(design.recipe, epochs=steps, rates=rates)
    trainer = Trainer(system, Cases(), Cases(), recipe, seed=design.seed)
    for _ in range(steps):
        trainer.run_epoch()
    return [h["train_cost"] for h in trainer.history], system.parameters.copy()


def one_chip(draw: int, ideal: Parameters, steps: int) -> dict[str, Any]:
    """Return everything that is asked of one chip."""
    begun = time.perf_counter()
    design = load_design(DESIGN, [f"circuit.chip={draw}"])
    chip = design.settled_by(design.make_system(), "ngspice")
    found: dict[str, Any] = {"draw": draw, "programmed": asdict(score(chip, ideal))}
    curve, _ = trained(design, chip, AFTER, GENTLY)
    found["programmed_and_steps"] = asdict(score(chip)) | {"curve": curve}
    start = design.make_system()
    chip.parameters.take(start.parameters.flat)
    curve, _ = trained(design, chip, steps)
    found["from_scratch"] = asdict(score(chip)) | {"curve": curve}
    own = design.settled_by(design.make_system(), "measured")
    _, weights = trained(design, own, IDEAL_STEPS)
    found["by_own_curves"] = asdict(score(chip, weights)) | {"expected": asdict(score(own))}
    chip.solver.close()  # type: ignore[attr-defined]
    return found | {"seconds": time.perf_counter() - begun}


@styled
def learning_in_the_loop(content: dict[str, Any]) -> Figure:
    """Draw losses in the loop over the steps, and what programmed weights came to."""
    figure = Figure(figsize=(WIDTH_INCHES, 0.5 * WIDTH_INCHES), layout="constrained")
    axes = figure.subplots()
    for k, chip in enumerate(content["chips"]):
        curve = [*chip["from_scratch"]["curve"], chip["from_scratch"]["loss"]]
        axes.plot(curve, color=palette(k), label=f"chip {chip['draw']}")
        axes.axhline(chip["programmed"]["loss"], color=palette(k), linestyle=":", linewidth=1)
    axes.axhline(content["ideal"]["loss"], color="black", linestyle=DASHED, label="ideal twin")
    axes.set(yscale="log", xlabel="steps in the loop", ylabel="loss of the circuit")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.legend(ncols=2, fontsize="small")
    entitle(figure, "Drawn chips of transistors learn in ngspice; dotted: ideal weights programmed")
    return figure


def main() -> None:
    """Run all chips; write result and figure."""
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--draw", action="store_true", help="only draw what the result file holds")
    options = parser.parse_args()
    if options.draw:
        kept = json.loads((RESULTS / RESULT).read_text(encoding="utf-8"))
        save(learning_in_the_loop(kept), IMAGES / FIGURE)
        return
    begun = time.perf_counter()
    design = load_design(DESIGN)
    ideal = design.make_system()
    curve, weights = trained(design, ideal, IDEAL_STEPS)
    content: dict[str, Any] = {
        "command": "python -m benchmarks.transistors.in_the_loop",
        "steps": options.steps,
        "steps_after_programming": AFTER,
        "ideal": asdict(score(ideal)) | {"curve": curve},
        "chips": [],
    }
    print("ideal", content["ideal"]["loss"], content["ideal"]["accuracy"], flush=True)
    for draw in range(1, options.draws + 1):
        found = one_chip(draw, weights, options.steps)
        content["chips"].append(found)
        parts = ("programmed", "programmed_and_steps", "from_scratch", "by_own_curves")
        words = [f"{p} {found[p]['loss']:.4f} {found[p]['accuracy']:.0%}" for p in parts]
        print(f"chip {draw}: {', '.join(words)}, {found['seconds']:.0f} s", flush=True)
        content["minutes"] = (time.perf_counter() - begun) / 60.0
        write_json(RESULTS / RESULT, content, indent=1)
    save(learning_in_the_loop(content), IMAGES / FIGURE)


if __name__ == "__main__":
    main()
