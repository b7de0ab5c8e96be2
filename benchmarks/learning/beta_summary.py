"""What the study of beta says: its table, its figure, and whether a design should change."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from benchmarks.measure import table
from neuroep.report.style import BLUE, DASHED, VERMILLION, WIDTH_INCHES, entitle, styled
from neuroep.runs.intervals import student

Found = Mapping[str, Any]

LEAST = 1e-5
"""Of the figure's axis; what is below lies outside of it."""

TICKS = (1e-4, 1e-2, 1.0)


def gains(found: Found) -> dict[str, tuple[float, float]]:
    """Return what each other beta gains over the shipped one, paired by seed, with its interval."""
    accuracy = found.get("accuracy", {})
    shipped = accuracy.get(str(found["shipped"]), [])
    gained = {}
    for beta, values in accuracy.items():
        if values is not shipped and None not in (*values, *shipped):
            apart = [a - b for a, b in zip(values, shipped, strict=True)]
            gained[beta] = student(apart)
    return gained


def better(found: Found) -> list[str]:
    """Return the betas whose gain over the shipped one is above zero in all of its interval."""
    return [beta for beta, (mean, half) in gains(found).items() if mean - half > 0]


def _share(value: float) -> str:
    return f"{100 * value:.2g} %"


def _accuracy(found: Found, beta: float) -> str:
    values = found.get("accuracy", {}).get(str(beta))
    if values is None:
        return "-"
    if None in values:
        return f"{values.count(None)} of {len(values)} refused"
    mean, half = student(values)
    return f"{100 * mean:.1f} ± {100 * half:.1f} %"


def _gain(found: Found, beta: float) -> str:
    if str(beta) not in gains(found):
        return "shipped" if beta == found["shipped"] else "-"
    mean, half = gains(found)[str(beta)]
    return f"{100 * mean:+.1f} ± {100 * half:.1f}"


def tables(designs: Mapping[str, Found]) -> str:
    """Return the table of all designs, a row for each beta."""
    rows = []
    for name, found in designs.items():
        for at, beta in enumerate(found["betas"]):
            state = [
                _share(found[state][what][at]) if state in found else "-"
                for what in ("bias", "noise")
                for state in ("start", "trained")
            ]
            cosine = f"{found.get('trained', found['start'])['cosine'][at]:.4f}"
            row = [f"`{name}`" if not at else "", f"{beta:g}", *state, cosine]
            rows.append([*row, _accuracy(found, beta), _gain(found, beta)])
    header = ["design", "beta", "bias, start", "bias, trained", "noise, start", "noise, trained"]
    return table([*header, "cosine", "validation accuracy", "against the shipped beta"], rows)


@styled
def drawing(designs: Mapping[str, Found]) -> Figure:
    """Draw bias and noise over beta, a panel for each design; after training where it was."""
    columns = 3
    lines = -(-len(designs) // columns)
    figure = Figure(figsize=(WIDTH_INCHES, 1.9 * lines))
    panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, (name, found) in zip(panels, designs.items(), strict=False):
        state = found.get("trained", found["start"])
        panel.plot(found["betas"], state["bias"], color=BLUE, marker="o", label="bias")
        panel.plot(
            found["betas"], state["noise"], color=VERMILLION, marker="s", ls=DASHED, label="noise"
        )
        panel.axvline(found["shipped"], color="#9A9A9A", lw=0.8)
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_ylim(LEAST, 10)
        panel.set_yticks(TICKS, [f"{100 * tick:g} %" for tick in TICKS])
        panel.set_xticks(found["betas"], [f"{beta:g}" for beta in found["betas"]])
        panel.minorticks_off()
        panel.set_title(name, fontsize=8)
    for panel in panels[len(designs) :]:
        panel.set_visible(False)
    for panel in panels[::columns]:
        panel.set_ylabel("of |gradient|")
    for panel in panels[max(0, len(designs) - columns) : len(designs)]:
        panel.set_xlabel("beta")
        panel.tick_params(labelbottom=True)
    panels[0].legend(fontsize=7)
    entitle(figure, "Bias grows with beta, noise falls; grey: beta as shipped")
    return figure
