"""The public names of neuroep, each with its first line and a link to all that it says."""

import sys
from collections.abc import Iterator

TOPICS = {
    "What the commands do": ("neuroep.api", "neuroep.design", "neuroep.errors"),
    "Networks": ("neuroep.network",),
    "Settling": ("neuroep.settle",),
    "Learning": ("neuroep.learning",),
    "The chip": ("neuroep.hardware",),
    "Traces": ("neuroep.traces",),
}
"""Packages by topic, in the order of the page."""


def public() -> Iterator[tuple[str, str]]:
    """Yield every public name, and its full name where it is at home."""
    import neuroep

    for name in neuroep.__all__:
        thing = getattr(neuroep, name)
        if name == "settle":  # a package that can be called
            thing = sys.modules["neuroep.settle"].settle
        yield name, f"{thing.__module__}.{name}"


def names_table() -> str:
    """Return a table of names for each topic, as Markdown with autosummary inside."""
    parts, told = [], set()
    for topic, packages in TOPICS.items():
        names = [full for _, full in public() if full.startswith(packages)]
        told.update(names)
        lines = [f"   ~{full}" for full in names]
        table = ["```{eval-rst}", ".. autosummary::", "   :nosignatures:", "", *lines, "```"]
        parts.append(f"## {topic}\n\n" + "\n".join(table))
    lost = [name for name, full in public() if full not in told]
    if lost:
        raise ValueError(f"docs/_ext/neuroep_docs/names.py: no topic for {', '.join(lost)}")
    return "\n\n".join(parts)
