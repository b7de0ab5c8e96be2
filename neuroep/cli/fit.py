"""``neuroep fit``: a device card from measured ramps."""

import argparse
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_command, refuse_beside

if TYPE_CHECKING:
    from neuroep.devices.fit.direction import Fit
    from neuroep.report.devices import RampCurves
    from neuroep.studies.fit.fit import Fitted

DESCRIPTION = """\
Fit device laws to measured potentiation and depression ramps, and write a card that trains.

A column is a ramp, a row a pulse: conductance (S) before the first pulse and after each. Cells may
be blank behind the end of a ramp. Whether a ramp goes up or down is told by its ends, or by --up
and --down. Each law is fitted by likelihood to every other ramp, with a Kalman filter that tells
pulse noise from read noise, and chosen by how well it predicts the ramps held out; a table of the
measured steps takes its place where none does."""

EXAMPLES = """\
examples:
  neuroep fit set.csv reset.csv --read-voltage "0.1 V" -o mydevice.toml
  neuroep fit dG_increasing.txt dG_decreasing.txt --tables -o measured.toml
  neuroep fit ramps.csv --up 1-20 --down 21-40 --law linear
then: neuroep train mnist_spiking --set devices.card=mydevice.toml --set learning.update=pulses"""


def add_fit(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "a device card from measured pulse ramps"
    command = add_command(commands, "fit", purpose, DESCRIPTION, EXAMPLES)
    command.add_argument("files", metavar="FILE", nargs="+", help=".csv, .tsv, .jsonl; also .gz")
    command.add_argument("--up", metavar="COLUMNS", help='ramps up, such as "1-20" or names')
    command.add_argument("--down", metavar="COLUMNS", help="ramps down")
    command.add_argument(
        "--read-voltage", metavar="VOLTS", help='the files hold currents (A) at it, as "0.1 V"'
    )
    command.add_argument("--g-min", metavar="SIEMENS", help='least conductance, such as "1 uS"')
    command.add_argument("--g-max", metavar="SIEMENS", help="largest conductance")
    command.add_argument(
        "--normalised", action="store_true", help="the files hold numbers in no unit"
    )
    command.add_argument("--law", metavar="NAME", help="fit this law only")
    command.add_argument(
        "--tables",
        action="store_true",
        help="the two files, up and down, hold tables of steps as CrossSim has them",
    )
    command.add_argument("--name", metavar="NAME", help="of the device (default: the file's)")
    command.add_argument("-o", "--out", metavar="FILE", help="write the card")
    command.add_argument(
        "--figure", metavar="FILE", help="draw ramps, law and residuals (.png, .svg, .pdf)"
    )
    command.add_argument("--results", metavar="FILE", help="everything as a JSON file as well")
    command.set_defaults(run=lambda given: _run(command, given))


def _run(command: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Fit, print what came out, and write card and figure."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.devices.card import write_card
    from neuroep.files import check_name
    from neuroep.report import check_figure, save
    from neuroep.report.devices import fitted_ramps
    from neuroep.studies.fit.fit import FitOptions, fit_ramps, results_of
    from neuroep.traces.files import write_json

    if given.tables:
        goes = ("tables", "files", "name", "out")
        refuse_beside(command, given, "--tables", goes, "there is nothing to fit")
    for text in (*given.files, given.name or ""):
        check_name(text, "fit")  # a card says where it is from
    if given.figure:
        check_figure(given.figure)
    check_outputs(given, given.out, given.figure, given.results)
    if given.tables:
        _tables(given)
        return
    options = FitOptions(
        files=tuple(given.files),
        up=given.up,
        down=given.down,
        read_voltage=_quantity(given.read_voltage, "--read-voltage", "volt", "0.1 V"),
        g_min=_quantity(given.g_min, "--g-min", "siemens", "1 uS"),
        g_max=_quantity(given.g_max, "--g-max", "siemens", "40 uS"),
        normalised=given.normalised,
        law=given.law,
        name=given.name or "",
    )
    fitted = fit_ramps(options, lambda law: print(f"fitting the {law} law", flush=True))
    _print(fitted)
    if given.results:
        write_json(given.results, results_of(fitted), indent=1)
    if given.out:
        write_card(fitted.device, given.out)
        print(f"card: {given.out}")
    if given.figure:
        best = fitted.tried[0]
        law = f"{best.name} law, ramps held out are off by {best.error:.2%} of the range"
        save(fitted_ramps(fitted.device.name, law, _curves(fitted)), given.figure)
        print(f"figure: {given.figure}")


def _tables(given: argparse.Namespace) -> None:
    """Make a card of tables of steps; there is nothing to fit."""
    from neuroep.devices.card import write_card
    from neuroep.errors import InputError
    from neuroep.studies.fit.jump_tables import read_jump_tables

    if len(given.files) != 2:
        raise InputError(f"--tables: needs two files, up and down, not {len(given.files)}")
    up, down = given.files
    device = read_jump_tables(up, down, given.name or "")
    print(
        f"{device.name}: {1e6 * device.g_min:.4g} to {1e6 * device.g_max:.4g} uS, "
        f"{2 / device.step_up:.1f} states up, {2 / device.step_down:.1f} down"
    )
    if given.out:
        write_card(device, given.out)
        print(f"card: {given.out}; neuroep devices {given.out} --figure FILE draws it")


def _quantity(text: str | None, option: str, unit: str, example: str) -> float | None:
    from neuroep.errors import InputError
    from neuroep.quantities import in_unit

    if text is None:
        return None
    try:
        value = float(in_unit(text, unit, example))
    except ValueError as error:
        raise InputError(f"{option}: {error}") from None
    if option == "--read-voltage" and not value:
        raise InputError(f"{option}: must not be zero")
    return value


def _print(fitted: "Fitted") -> None:
    from neuroep.report import table

    device, best = fitted.device, fitted.tried[0]
    print(
        f"{device.name}: {1e6 * device.g_min:.4g} to {1e6 * device.g_max:.4g} uS; "
        f"{len(fitted.up.reads)} ramps up, {len(fitted.down.reads)} down"
    )
    rows: list[list[object]] = [
        [c.name, f"{c.held_out[0]:.2%}", f"{c.held_out[1]:.2%}", c.parameters] for c in fitted.tried
    ]
    rows.append(["table of steps", *(f"{error:.2%}" for error in fitted.table), "561 a direction"])
    print(table(rows, ["law", "held out, up", "held out, down", "parameters of its shape"]))
    print("chosen: " + ("the table" if fitted.tabulated else f"{best.name}; 95 % intervals"))
    if not fitted.tabulated:
        for name, side in (("up", best.up), ("down", best.down)):
            print(f"  {name}: " + "; ".join(_parameters(side)))


def _parameters(side: "Fit") -> list[str]:
    values = {
        "step": side.step,
        "pulse_noise": side.pulse_noise,
        "read_noise": side.read_noise,
        **side.shape,
    }
    said = []
    for name, value in values.items():
        low, high = side.intervals[name]
        told = high < float("inf")
        said.append(
            f"{name} {value:.4g} ({low:.4g} to {high:.4g})" if told else f"{name} too small to tell"
        )
    return [*said, f"{2.0 / side.step:.0f} states"]


def _curves(fitted: "Fitted") -> "dict[str, RampCurves]":
    import numpy as np

    from neuroep.report.devices import RampCurves

    device, best = fitted.device, fitted.tried[0]
    half = 0.5 * (device.g_max - device.g_min)
    found = {}
    for name, ramps, side in (("up", fitted.up, best.up), ("down", fitted.down, best.down)):
        states = np.linspace(-1.0, 1.0, 101)
        steps = np.array([side.change(float(state)) for state in states])
        found[name] = RampCurves(
            [device.conductance(reads) for reads in ramps.reads],
            [device.conductance(side.predict(reads)) for reads in ramps.reads],
            device.conductance(states),
            ramps.sign * side.step * steps * half,
        )
    return found
