"""docs/devices.md: its table is what the cards say, its laws are the catalogue."""

import re
from pathlib import Path

import pytest

from neuroep.devices.card import built_in_cards, read_card
from neuroep.devices.laws import LAWS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "devices.md").read_text(encoding="utf-8")


def row(name: str) -> str:
    device = read_card(name)
    micro = f"{1e6 * device.g_min:.3g} to {1e6 * device.g_max:.3g}"
    law, states = type(device.law).__name__.lower(), f"{2 / device.step:.0f}"
    noise, spread = f"{device.pulse_noise:.3g}", f"{device.spread.step:.2g}"
    cells = f"`{name}`", device.name, micro, law, states, noise, spread, f"{device.stuck:.1%}"
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("name", built_in_cards())
def test_the_table_says_what_the_card_says(name: str) -> None:
    assert row(name) in PAGE.splitlines()


def test_every_law_and_no_other_stands_on_the_page() -> None:
    laws = PAGE.partition("## Cards")[0]
    assert set(re.findall(r"(?m)^\| `(\w+)`", laws)) == set(LAWS)


def test_what_trains_on_devices_writes_them() -> None:
    """A design that asks for Adam moves floats, whatever devices it has."""
    found = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found += re.findall(r"neuroep train .*devices\.card=.*", text)
    assert len(found) > 10
    for line in found:
        assert "learning.update=pulses" in line or "train onchip_mnist" in line
