"""``neuroep report``: results as one HTML file."""

import argparse

from neuroep.cli.arguments import Commands, add_command

DESCRIPTION = """\
Write one HTML file that shows results and needs nothing else: no server, no network, no other file.
Send it, print it, open it on a phone. PATH: a run folder, finished or not; several of them (their
table and their curves over each other); what 'neuroep verify --results' wrote; exported waveforms;
the folder of a sweep. What a reader zooms into are synapses, voltages and waveforms; words carry
the attention they got as text that can be searched."""

EXAMPLES = """\
examples:
  neuroep report runs/0001-imdb_pooled            writes runs/0001-imdb_pooled/report.html
  neuroep report runs/*                           all runs beside each other: report.html
  neuroep report docs/results/reviews_spiking_seed*.json -o seeds.html
  neuroep verify attention_small --results v.json && neuroep report v.json
  neuroep report sweeps/corners                   tables, yields and figures of a sweep
  neuroep train imdb_pooled --report              rewritten after every epoch: the live view"""


def add_report(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "show runs, verifications and sweeps as one HTML file"
    command = add_command(commands, "report", purpose, DESCRIPTION, EXAMPLES)
    command.add_argument(
        "paths", metavar="PATH", nargs="+", help="run folder, sweep folder, .json, waveforms"
    )
    command.add_argument(
        "-o",
        "--out",
        metavar="FILE",
        help="default PATH/report.html for one folder, report.html otherwise",
    )
    command.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> None:
    from neuroep.cli.outputs import check_outputs
    from neuroep.studies.report.report import report_path, write_report

    check_outputs(given, report_path(given.paths, given.out))
    path = write_report(given.paths, given.out)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
