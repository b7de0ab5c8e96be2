"""Where a run comes from: versions, data, its design against the built-in one, its command."""

from collections.abc import Iterator, Mapping
from typing import Any

from neuroep.errors import InputError
from neuroep.report.html import Block, Code, Facts, Notes, Section, Table
from neuroep.runs.provenance import command
from neuroep.runs.report.record import RunRecord

MOST_ROWS = 200
LONGEST = 100_000
"""Characters of a design that are shown."""


def provenance(run: RunRecord) -> Section:
    """Return what made a finished run."""
    found = run.metrics.provenance if run.metrics else {}
    return Section("Provenance", [Facts(list(_flat(found)))] if found else [])


def design(run: RunRecord) -> Section:
    """Return the resolved design, as a difference to the built-in one of its name or title."""
    if not run.design:
        return Section("Design", [])
    import tomli_w

    blocks: list[Block] = []
    name = _built_in(run)
    if name:
        blocks.append(_difference(name, run.design))
    else:
        blocks.append(Notes(["No built-in design has this name or title."]))
    text = tomli_w.dumps(run.design)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n... {len(text) - LONGEST:,} more characters"
    blocks.append(Code("The resolved design", text))
    return Section("Design", blocks)


def again(run: RunRecord) -> Section:
    """Return the command that makes the same run again."""
    if run.metrics and run.metrics.provenance.get("command"):
        line = str(run.metrics.provenance["command"])
    elif run.options is not None:
        line = command(run.options)
    else:
        return Section("Again", [])
    blocks: list[Block] = [Code("The command that repeats it", line, open=True)]
    if run.metrics is None and not run.running:
        going_on = f"neuroep train --resume {run.path}"
        blocks.append(Code("The command that goes on with it", going_on, open=True))
    return Section("Again", blocks)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    """Yield the leaves of nested tables by their dotted keys."""
    for key, value in table.items():
        here = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{here}.")
        elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
            yield from _flat(dict(enumerate(value)), f"{here}.")  # type: ignore[arg-type]
        elif isinstance(value, list):
            yield here, ", ".join(map(str, value))
        else:
            yield here, value


def _built_in(run: RunRecord) -> str:
    """Return the name of the built-in design that a run's is, or was made from; empty if none."""
    from neuroep.design.files import built_in_designs, design_path

    known = dict(built_in_designs())
    asked = design_path(run.options.design).stem if run.options else ""
    if asked in known:
        return asked
    return next((name for name, title in known.items() if title == run.title), "")


def _difference(name: str, ours: Mapping[str, Any]) -> Block:
    """Return what differs from a built-in design, key by key."""
    from neuroep.design.load import load_design

    try:
        theirs = dict(_flat(load_design(name).resolved()))
    except InputError as error:
        return Notes([f"{name} cannot be compared: {error}"], warning=True)
    mine = dict(_flat(ours))
    rows: list[list[object]] = [
        [key, theirs.get(key, "-"), mine.get(key, "-")]
        for key in dict.fromkeys([*theirs, *mine])
        if theirs.get(key) != mine.get(key)
    ]
    if not rows:
        return Notes([f"It is the built-in design {name}, entry for entry."])
    caption = f"What differs from the built-in design {name}"
    if len(rows) > MOST_ROWS:
        caption += f"; the first {MOST_ROWS} of {len(rows)} entries"
    return Table(caption, ["entry", name, "this run"], rows[:MOST_ROWS])
