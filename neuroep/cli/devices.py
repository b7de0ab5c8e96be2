"""``neuroep devices``: the device cards, and what one of them says."""

import argparse

from neuroep.cli.arguments import Commands


def add_devices(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    command = commands.add_parser(
        "devices",
        help="list device cards, or show one of them",
        description="List the device cards, or show one: values, where each is from, its curves.",
    )
    command.add_argument("card", metavar="CARD", nargs="?", help="a name of the list, or a file")
    command.add_argument(
        "--figure", metavar="FILE", help="draw pulses up and down (.png, .svg, .pdf)"
    )
    command.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> None:
    """Print cards or one of them."""
    from neuroep.devices.card import built_in_cards, card_content, read_card
    from neuroep.errors import InputError

    if given.card is None:
        if given.figure:
            raise InputError("--figure: of which card?")
        for name in built_in_cards():
            print(f"  {name:<15}{read_card(name).name}")
        return
    if given.figure:
        from neuroep.cli.outputs import check_outputs
        from neuroep.report import check_figure

        check_figure(given.figure)
        check_outputs(given, given.figure)
    device = read_card(given.card)
    for table, entry in card_content(device).items():
        if not isinstance(entry, dict):
            print(entry)
            continue
        if table == "sources":
            continue
        print(f"[{table}]  {device.sources.get(table, device.sources.get('*', ''))}")
        for key, value in entry.items():
            text = str(value)
            print(f"  {key:<14}{text if len(text) < 60 else text[:57] + '...'}")
    if given.figure:
        _draw(given.card, given.figure)


def _draw(card: str, path: str) -> None:
    import numpy as np

    from neuroep.devices.card import read_card
    from neuroep.report import save
    from neuroep.report.devices import pulse_curves

    device = read_card(card)
    count = int(np.ceil(4.0 / device.step))
    count = min(max(count, 8), 4000)
    every = [device.noise_free(count), device.noise_free(-count)]
    drawn = [device.drawn(count, number) for number in range(8)]
    save(pulse_curves(device.name, count, every, drawn), path)
    print(f"figure: {path}")
