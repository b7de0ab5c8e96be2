"""[devices] and [sensing] of a design: from the file to what learns, and on after a kill."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import LIMIT, more, neuroep, one_line, tiny

from neuroep.design.load import check_design, load_design
from neuroep.devices.device import Device
from neuroep.devices.gains.line import Line
from neuroep.devices.laws.tabulated import Tabulated
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.sensing import Sensed
from neuroep.devices.update import Pulses
from neuroep.errors import InputError
from neuroep.learning.updates.adam import Adam

CARD = "devices.card=soft_64"
ON = (CARD, "learning.update=pulses")


def with_pulses(folder: Path, *overrides: str) -> object:
    return load_design(str(tiny(folder)), [*ON, *overrides]).recipe


def test_a_recipe_of_pulses_is_read_and_written(tmp_path: Path) -> None:
    sets = [
        *ON, "learning.scheme=stochastic", "learning.gain=line", "learning.momentum=0.9",
        "devices.states=100", "devices.stuck=0.02", 'devices.full_scale={"*"=0.7}',
        "devices.fabrication=3", "sensing.offset=0.01",
    ]  # fmt: skip
    design = load_design(str(tiny(tmp_path)), sets)
    rule, update = design.recipe.rule, design.recipe.update
    assert isinstance(rule, Sensed)
    assert rule.sampler.offset == 0.01
    assert isinstance(update, Pulses)
    assert update.scheme == Stochastic()
    assert update.gain == Line(momentum=0.9)
    chip = update.chip
    assert (chip.device.step_up, chip.device.stuck, chip.fabrication) == (0.02, 0.02, 3)
    content = design.resolved()
    assert content["learning"]["scheme"] == "stochastic"
    assert content["devices"]["card"]["conductance"]["min"] == "1 uS"  # whole: no file is needed
    assert check_design(content, "resolved").recipe == design.recipe


def test_what_a_rule_and_a_scheme_call_alike_is_written_as_it_was_read(tmp_path: Path) -> None:
    sets = (*ON, "learning.rule=one_bit", "learning.scheme=sign", "learning.dead_zone=0.02")
    design = load_design(str(tiny(tmp_path)), sets)
    assert design.recipe.rule.dead_zone == 0.02  # type: ignore[attr-defined]
    assert check_design(design.resolved(), "resolved").recipe == design.recipe


def test_the_twin_of_a_device_design_is_an_update_away(tmp_path: Path) -> None:
    pulses = ("learning.scheme=accumulate", "learning.keep=0.99", "learning.gain=line")
    made = load_design(str(tiny(tmp_path)), [CARD, *pulses, "learning.update=adam"])
    assert made.recipe.update == Adam()
    assert load_design("onchip_mnist", ["learning.update=adam"]).recipe.update == Adam()
    with pytest.raises(InputError, match="unknown key"):  # nothing is there to be pulsed
        load_design(str(tiny(tmp_path)), ["learning.scheme=accumulate"])


@pytest.mark.parametrize(("update", "told"), [("adam", 1), ("pulses", 0)])
def test_a_run_says_that_floats_learn_where_its_design_has_devices(
    tmp_path: Path, update: str, told: int
) -> None:
    from neuroep.runs.options import TrainOptions
    from neuroep.runs.run import prepare

    path = str(tiny(tmp_path))
    design = load_design(path, [CARD, f"learning.update={update}"])
    found = prepare(design, TrainOptions(design=path, limit=int(LIMIT)), path).warnings
    assert len([line for line in found if line.startswith("devices are not written")]) == told


def test_entries_of_a_card_are_overridden_where_it_is_named(tmp_path: Path) -> None:
    sets = [*ON, "devices.card.noise.pulse=2", 'devices.card.conductance.max="80 uS"']
    device = load_design(str(tiny(tmp_path)), sets).devices.device()  # type: ignore[union-attr]
    assert (device.pulse_noise, device.g_max, device.step_up) == (2.0, 8e-5, 1 / 32)
    with pytest.raises(InputError, match=r"devices\.card: noise\.puls: "):
        load_design(str(tiny(tmp_path)), [*ON, "devices.card.noise.puls=2"])


@pytest.mark.parametrize("card", ["soft_64", "pcm"])
def test_states_are_those_at_the_centre_whatever_the_law(tmp_path: Path, card: str) -> None:
    sets = [f"devices.card={card}", "devices.states=50"]
    device = load_design(str(tiny(tmp_path)), sets).devices.device()  # type: ignore[union-attr]
    assert (device.change(True), device.change(False)) == pytest.approx((2 / 50, 2 / 50))


def test_an_example_lasts_as_long_as_its_phases_where_the_design_says(tmp_path: Path) -> None:
    def seconds(design: str, *sets: str) -> float:
        return load_design(design, [CARD, *sets]).chip.upkeep.example_time  # type: ignore[union-attr]

    pooled = load_design("imdb_pooled").spiking  # type: ignore[attr-defined]
    phases = pooled.free_duration + 2 * pooled.nudged_duration
    assert seconds("imdb_pooled", "solver=spiking") == pytest.approx(phases)
    assert seconds("imdb_pooled", "solver=sweep") == 100e-6  # nobody says
    timed = ("solver=sweep", 'circuit.duration="20 us"')
    assert seconds("imdb_pooled", *timed) == pytest.approx(60e-6)
    assert seconds("imdb_pooled", *timed, 'devices.example_time="3 ms"') == 3e-3
    written = load_design("plasticity_small").plasticity  # type: ignore[attr-defined]
    phases = written.free_duration + 2 * written.nudged_duration
    chip = load_design("plasticity_small").chip
    assert chip is not None
    assert chip.upkeep.example_time == pytest.approx(phases)
    resistive = ("devices.arrangement=single", 'circuit.duration="2 us"')
    assert seconds("resistive_small", *resistive) == pytest.approx(6e-6)


def test_a_table_of_measured_steps_trains_by_a_design(tmp_path: Path) -> None:
    from neuroep.devices.card import write_card

    steps = tuple(tuple(c * (0.5 + p) for c in (1.2, 1.0, 0.6)) for p in (0.0, 0.5, 1.0))
    law = Tabulated(rows_up=steps, rows_down=steps)
    write_card(
        Device("mine", 1e-6, 4e-5, 0.05, 0.05, law=law, sources={"*": "a test"}),
        tmp_path / "mine.toml",
    )
    design = load_design(str(tiny(tmp_path)), ["devices.card=mine.toml", ON[1]])
    assert design.devices.device().law == law  # type: ignore[union-attr]


def test_a_card_of_ones_own_stands_beside_the_design(tmp_path: Path) -> None:
    from neuroep.devices.card import card_path

    text = card_path("fefet").read_text().replace("FeFET, 32 states", "mine")
    (tmp_path / "mine.toml").write_text(text)
    design = load_design(str(tiny(tmp_path)), ["devices.card=mine.toml", ON[1]])
    assert design.recipe.update.chip.device.name == "mine"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("learning.update=pulses",), "learning.update: pulses need devices"),
        ((*ON, "learning.scheme=stochastik"), "learning.scheme: 'stochastik' is unknown"),
        ((*ON, "learning.gain=lines"), "learning.gain: 'lines' is unknown; did you mean line?"),
        ((*ON, "learning.dead_zone=0.1"), "learning.dead_zone: unknown key; known are"),
        ((*ON, "learning.scheme=stochastic", "learning.keep=0.9"), "learning.keep: unknown key"),
        ((*ON, "learning.keep=2.0"), "learning: keep must be in"),
        ((*ON, "learning.kep=0.9"), "learning.kep: unknown key; did you mean keep?"),
        (("devices.card=softt_64",), "no such card; did you mean soft_64?"),
        (("devices.arrangement=pair",), "devices.card"),
        ((CARD, "devices.arrangement=pairs"), "devices.arrangement"),
        ((CARD, "devices.state=3"), "devices.state: unknown key; did you mean states?"),
        ((CARD, "devices.stuck=2.0"), "devices.stuck"),
        (("sensing.offset=-1.0",), "sensing.offset must be in"),
        (("sensing.ofset=0.1",), "sensing.ofset: unknown key; did you mean offset?"),
        ((CARD, "devices.example_time=3"), "devices.example_time: needs a value with its unit"),
        ((CARD, 'devices.example_time="0 s"'), "devices.example_time"),
        ((CARD, "devices.age_every=-1"), "devices.age_every"),
        ((CARD, "devices.refresh_level=-1"), "devices.refresh_level"),
        (
            (CARD, 'devices.full_scale={"hiden.bias"=0.5}'),
            "devices.full_scale: 'hiden.bias' fits none",
        ),
        (
            (CARD, 'devices.card.law={type="power",gamma_up=3.0}', "devices.states=1"),
            "devices.states: step_up",
        ),
        ((*ON, "devices.arrangement=single"), "has no limits for a single device"),
    ],
)
def test_what_cannot_be_is_one_line(
    overrides: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = [part for override in overrides for part in ("--set", override)]
    out = ("--limit", LIMIT, "--out", tmp_path / "run")
    assert neuroep("train", tiny(tmp_path), *out, *sets) == 2
    one_line(capsys.readouterr().err, said)


@pytest.mark.parametrize("card", ["soft_64", *more("pcm", "capacitor")])
def test_pulses_are_told_and_counted_and_go_on_after_a_kill(tmp_path: Path, card: str) -> None:
    from neuroep.runs.options import TrainOptions
    from neuroep.runs.run import resume, train

    sets = [
        *ON, "learning.gain=line", "learning.momentum=0.5", "sensing.offset=0.01",
        "sensing.noise=0.001", "learning.epochs=3", "devices.stuck=0.05", f"devices.card={card}",
        'devices.example_time="20 ms"', "devices.age_every=7", "devices.refresh_every=11",
        "devices.refresh_level=-0.5",
    ]  # fmt: skip
    if card == "pcm":
        sets.append("devices.arrangement=one_sided")
    options = TrainOptions(
        design=str(tiny(tmp_path)), limit=int(LIMIT), overrides=sets,
        no_figures=True, no_baselines=True,
    )  # fmt: skip
    whole = train(options, str(tmp_path / "whole"))

    for after, name in ((1, "late"), (0, "early")):
        folder = tmp_path / name
        _killed(options, folder, after)
        again = resume(str(folder))
        assert _trained(again.path) == _trained(whole.path), name


def _trained(folder: Path) -> dict[str, bytes]:
    import h5py

    found = {}
    with h5py.File(folder / "trained.h5") as file:
        file.visititems(
            lambda name, item: (
                found.update({name: np.asarray(item).tobytes()})
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    return found


def _killed(options: object, folder: Path, after: int) -> None:
    """Train, and break off in the epoch after so many of them."""
    from neuroep.learning.trainer import Trainer
    from neuroep.runs.run import train

    learn, steps = Trainer.learn, 0

    def dying(self: Trainer, step: int, *more: object) -> object:
        nonlocal steps
        if step >= after * self.steps_per_epoch + 2:
            raise KeyboardInterrupt
        steps += 1
        return learn(self, step, *more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "learn", dying)
        with pytest.raises(KeyboardInterrupt):
            train(options, str(folder))  # type: ignore[arg-type]
    assert steps


@pytest.mark.parametrize("arrangement", ["pair", "reference", "one_sided"])
def test_a_conductance_is_one_device(arrangement: str) -> None:
    overrides = ["devices.card=soft_64", f"devices.arrangement={arrangement}"]
    with pytest.raises(InputError, match=r"resistive_mnist\.toml: devices\.arrangement: .*single"):
        load_design("resistive_mnist", overrides)


def test_a_conductance_is_told_and_paid_for_in_its_own_range() -> None:
    design = load_design("resistive_mnist", ["devices.card=pcm", "devices.arrangement=single"])
    device, held = design.device, design.resistive  # type: ignore[attr-defined]
    assert (device.g_min, device.g_max) == (held.conductance_min, held.conductance_max)
    system = design.make_system()
    array = design.chip.arrays(system.parameters, ["0-1"], system.limits)["0-1"]
    told = array.device.conductance(array.plus).reshape(array.values.shape)
    np.testing.assert_allclose(told, array.values, rtol=1e-5, atol=1e-11)


def test_a_device_whose_bound_lies_beyond_the_range_is_put_on_the_bench(tmp_path: Path) -> None:
    name, single = "resistive_small", ["devices.card=rpu_target", "devices.arrangement=single"]
    for given in ([], ["learning.update=pulses", *single]):
        design = load_design(name, given)
        system, example = design.draw_example(0)
        system.parameters["0-1"][0, 0] = 1.1 * design.resistive.conductance_max
        if given:
            bench = design.bench(system, example, design.beta, tmp_path / "d.toml").bench
            assert bench.network.parameters["0-1"][0, 0] > design.resistive.conductance_max
            continue
        with pytest.raises(ValueError, match=r"conductance 0-1 \[0, 0\]: 4.4e-05 S is outside"):
            design.bench(system, example, design.beta, tmp_path / "d.toml")
