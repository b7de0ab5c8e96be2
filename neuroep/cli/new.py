"""``neuroep new``: a first design for own data."""

import argparse

from neuroep.cli.arguments import Commands, add_command, add_data, data_options

EXAMPLES = """\
examples:
  neuroep new texts --data questions.csv -o chip.toml
  neuroep new table --data measurements.csv --label-column species -o chip.toml
  neuroep new images --resistive --data photos/ -o chip.toml
then: neuroep train chip.toml --data ..."""


def add_new(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    command = add_command(
        commands,
        "new",
        "write a first design for own data",
        "Write a commented design, sized to the data, with defaults that learn.",
        EXAMPLES,
    )
    command.add_argument("kind", metavar="KIND", help="texts, pairs, images or table")
    command.add_argument(
        "--resistive", action="store_true", help="a chip of conductances and diodes"
    )
    add_data(command, splits=True)
    command.add_argument(
        "-o",
        "--out",
        metavar="FILE",
        default="chip.toml",
        help="where to write (default chip.toml)",
    )
    command.set_defaults(run=run_new)


def run_new(given: argparse.Namespace) -> None:
    """Measure the data and write the design."""
    from pathlib import Path

    from neuroep.cli.outputs import check_outputs
    from neuroep.design.checked import suggestion
    from neuroep.design.new import kinds, new_design
    from neuroep.errors import InputError
    from neuroep.files import check_name
    from neuroep.tasks.task import DataOptions
    from neuroep.traces.files import atomic_write

    if given.kind not in kinds():
        raise InputError(f"new {given.kind}: {suggestion(given.kind, kinds())}")
    check_name(given.out, "--out")
    if Path(given.out).exists():
        raise InputError(f"{given.out}: exists already")
    check_outputs(given, given.out)
    options = DataOptions(**data_options(given))
    text = new_design(given.kind, options, given.out, resistive=given.resistive)
    atomic_write(given.out, text.encode())
    data = f" --data {given.data}" if given.data else ""
    print(
        f"{given.out}: {len(text.splitlines())} lines; train it by: neuroep train {given.out}{data}"
    )
