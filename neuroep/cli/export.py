"""``neuroep export``: waveforms, spikes, traces and weights for other programs."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroep.cli.arguments import Commands, add_command
from neuroep.cli.numbers import natural

if TYPE_CHECKING:
    from neuroep.export.format import Format

DESCRIPTION = """\
Write what neuroep recorded in a format of another program. PATH is
  a run folder          its traces, those of all files where it was interrupted
  traces.h5, .part      the same of one file
  .nc, .h5, .npz        waveforms of 'neuroep verify --export', or an earlier export

raw, csv, nc and npz hold every recorded number over training; with --step, and in
vcd, sonata and pwl, one recorded example in time: each phase begins at 0 s.
All numbers are in SI units where the chip of the design has one."""

FORMATS = """\
formats:
  raw     SPICE3 binary: ngspice 'load', and viewers of waveforms
  pwl     V and I sources that drive a SPICE deck (.cir)
  csv     spreadsheets and pandas, units in the header; --weights: a line an entry
  vcd     GTKWave: spikes are events, their signs and waveforms reals
  nc      netCDF-4, which is HDF5: xarray, MATLAB
  sonata  libsonata, BMTK, NEST; a population for spikes of negative sign
  npz     numpy; --weights: a matrix an array, names of its rows and columns beside it
  inc     --weights only: .param lines that a netlist includes

examples:
  neuroep verify attention_small --export chip.nc
  neuroep export chip.nc --format raw                       ngspice: load chip.raw
  neuroep export chip.nc -o drive.cir                       .include drive.cir
  neuroep export runs/0001-imdb_pooled --format vcd         gtkwave 0001-imdb_pooled.vcd
  neuroep export runs/0001-imdb_pooled --step 40 --example 1 -o spikes.sonata.h5
  neuroep export runs/0001-imdb_pooled -o training.csv
  neuroep export runs/0001-imdb_pooled --weights --format inc
  neuroep export runs/0001-imdb_pooled --weights --array heads-hidden -o siemens.csv"""


def add_export(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    command = add_command(
        commands, "export", "waveforms, spikes, traces and weights for other programs",
        DESCRIPTION, FORMATS,
    )  # fmt: skip
    command.add_argument("path", metavar="PATH", help="a run folder, traces, or waveforms")
    command.add_argument(
        "--format", metavar="FORMAT", help="see below; the ending of OUT without it"
    )
    command.add_argument(
        "-o", "--out", metavar="OUT", help="where to write (default: PATH's name, here)"
    )
    command.add_argument(
        "--step",
        type=natural,
        metavar="N",
        help="of traces, one training step in time (default last)",
    )
    command.add_argument(
        "--example", type=natural, metavar="K", help="which recorded example of it (default 0)"
    )
    command.add_argument(
        "--weights", action="store_true", help="what the run learned, in S (and A): csv, npz, inc"
    )
    command.add_argument(
        "--array",
        action="append",
        default=[],
        metavar="NAME",
        help="with --weights: of this array alone, or of those like '*.bias'; may be repeated",
    )
    command.set_defaults(run=run_export)


def run_export(options: argparse.Namespace) -> None:
    """Write the file, and say what is in it."""
    from neuroep.errors import InputError
    from neuroep.export import write
    from neuroep.export.catalogue import FORMATS as RECORDINGS
    from neuroep.export.source import read_source

    path = Path(options.path)
    if options.weights:
        _export_weights(options, path)
        return
    if options.array:
        raise InputError("--array: goes with --weights")
    wanted, out = _target(options, RECORDINGS)
    recording = read_source(path, wanted.in_time, options.step, options.example)
    write(out, wanted, recording)
    parts = [
        f"{section.name or section.axis}: {len(section.points)} points of "
        f"{sum(1 for signal in section.signals for _ in signal.columns())} signals"
        + "".join(f", {len(spikes.times)} spikes of {spikes.name}" for spikes in section.spikes)
        for section in recording.sections
    ]
    print(f"{out}: {wanted.name}, {recording.title}; {'; '.join(parts)}")


def _export_weights(options: argparse.Namespace, path: Path) -> None:
    from neuroep.errors import InputError
    from neuroep.export import write
    from neuroep.export.weights.catalogue import FORMATS as WEIGHTS
    from neuroep.runs.trained import load_run
    from neuroep.runs.weights import learned_arrays

    for option in ("step", "example"):
        if getattr(options, option) is not None:
            raise InputError(f"--{option}: goes with traces, not with --weights")
    wanted, out = _target(options, WEIGHTS)
    learned = learned_arrays(load_run(str(path)), options.array)
    write(out, wanted, learned)
    arrays = ", ".join(f"{one.name} {list(one.values.shape)} {one.unit}" for one in learned)
    print(f"{out}: {wanted.name}; {arrays}")


def _target(
    options: argparse.Namespace, formats: "Mapping[str, Format[Any]]"
) -> "tuple[Format[Any], Path]":
    """Return the format asked for, and where to write."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.errors import InputError
    from neuroep.export import format_of
    from neuroep.files import resolved

    if not options.out and not options.format:
        raise InputError(f"--format: one of {', '.join(formats)}, or -o with such an ending")
    wanted = format_of(options.out or "", formats, options.format or "")
    path = Path(options.path)
    if options.out:
        out = Path(options.out)
    else:
        whole = resolved(path).name
        stem = whole if path.is_dir() else whole.removesuffix(".part").partition(".")[0]
        out = Path(f"{stem}{wanted.endings[0]}")
    check_outputs(options, out)
    return wanted, out
