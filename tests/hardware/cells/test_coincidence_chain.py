"""A synapse without a capacitor, whole: lines held, sent, met, and devices written, in ngspice."""

import numpy as np

from neuroep.content import circuits_path
from neuroep.hardware.cells import CELLS, waves
from neuroep.hardware.cells.coincidence import drawn, met, trains
from neuroep.hardware.cells.memristor import conductance, linear_step
from neuroep.hardware.cells.sample_hold import injection
from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.programs.ngspice import run_deck

FOLDER = circuits_path() / "cells" / "ideal"
USED = ("sample_hold", "train", "comparator", "pulse_driver", "coincidence", "memristor")
SIGNAL, EXAMPLES, SLOTS = 0.5, 3, 12
PLUS = np.array([[0.9, 0.6], [0.3, 0.8], [0.2, 0.7]])
MINUS = np.array([[0.5, 0.1], [0.4, 0.9], [0.8, 0.6]])
DRAWS = np.random.default_rng(11).random((EXAMPLES, 2 * SLOTS, 2))


def expected() -> tuple[np.ndarray, np.ndarray]:
    """Return pulses (examples, slots) and the states of the pair behind each example."""
    holder, device = CELLS["sample_hold"].values(), CELLS["memristor"].values()
    left = injection(holder, 5e-9) / SIGNAL  # of both samples alike: no difference feels it
    pulses, states = [], []
    plus, minus = np.zeros(()), np.zeros(())
    for k in range(EXAMPLES):
        mean, difference = trains(PLUS[k] + left, MINUS[k] + left)
        sent_row = np.repeat([mean[0], difference[0]], SLOTS)
        sent_column = np.repeat([difference[1], mean[1]], SLOTS)
        fired = met(drawn(sent_row, DRAWS[k, :, 0]), drawn(sent_column, DRAWS[k, :, 1]))
        for pulse in fired:
            plus, minus = linear_step(device, plus, pulse), linear_step(device, minus, -pulse)
        pulses.append(fired)
        states.append([float(plus), float(minus)])
    return np.array(pulses), np.array(states)


def deck(schedule: Schedule) -> str:
    """Wire two lines, their samplers and senders, the synapse, and its pair of devices."""
    slots = schedule.samples.ravel() - schedule.edge
    first = np.tile(np.repeat([1.0, 0.0], SLOTS), EXAMPLES)
    sources = {
        "track_plus": schedule.window_of("plus"),
        "track_minus": schedule.window_of("minus"),
        "sample": schedule.sample,
        "fire": schedule.fire,
        "first": waves.levels(slots, first, schedule.edge),
        "second": waves.levels(slots, 1.0 - first, schedule.edge),
    }
    text = [f"V{name} {name} 0 {wave.text}" for name, wave in sources.items()]
    # As a row a line sends its mean first, as a column its difference.
    for k, (name, mean) in enumerate((("row", "first"), ("col", "second"))):
        values = np.stack([PLUS[:, k], PLUS[:, k], MINUS[:, k], MINUS[:, k]], axis=1)
        line = schedule.by_phase(SIGNAL * values)
        ref = waves.levels(slots, SIGNAL * DRAWS[..., k].ravel(), schedule.edge)
        text += [f"V{name} {name} 0 {line.text}", f"Vref{name} ref{name} 0 {ref.text}"]
        for phase in ("plus", "minus"):
            held = f"{name}_{phase}"
            text.append(
                f"Xh{held} {name} track_{phase} c{held} {held} vdd vss sample_hold gl=1e-15"
            )
        pins = f"{name}_plus {name}_minus {mean} ref{name} sample fire {name}p {name}n vdd vss"
        text.append(f"Xt{name} {pins} train")
    text += [
        "Xmeet rowp rown colp coln up down vdd vss coincidence",
        "Xg 0 0 up down w_plus memristor",
        "Xn 0 0 down up w_minus memristor",
        "Vdd vdd 0 1.8",
        "Vss vss 0 -1.8",
        ".options reltol=1e-7 vntol=1e-12 abstol=1e-18 gmin=1e-18",
        f".tran 12.5n {schedule.end:.12g} 0 12.5n uic",
        ".save v(up) v(down) v(w_plus) v(w_minus)",
    ]
    files = [(FOLDER / f"{name}.cir").read_text() for name in USED]
    return "\n".join(["a synapse without a capacitor", *files, *text, ".end\n"])


def test_the_chain_writes_what_its_closed_form_says(ngspice: str) -> None:
    schedule = Schedule(EXAMPLES, 1e-7, 5e-7, 3e-7, 2 * SLOTS, 50e-9, 5e-9)
    (plot,) = run_deck(deck(schedule))
    pulses, states = expected()
    top = (schedule.fires + 0.5 * schedule.width).ravel()
    up, down = (np.interp(top, plot.time, plot.values[name]) / 1.5 for name in ("up", "down"))
    np.testing.assert_allclose((up - down).reshape(pulses.shape), pulses, atol=1e-6)
    assert np.abs(pulses).sum() > 5
    assert {-1.0, 1.0} <= set(pulses.ravel())
    for k, name in enumerate(("w_plus", "w_minus")):
        found = np.interp(schedule.ends, plot.time, plot.values[name])
        np.testing.assert_allclose(found, states[:, k], atol=1e-5)
    device = CELLS["memristor"].values()
    assert np.ptp(conductance(device, states), axis=1).max() > 1e-6
