"""docs/devices.md: its table is what the cards say, its laws are the catalogue."""

import re
from pathlib import Path

import numpy as np
import pytest

from neuroep.devices.card import built_in_cards, read_card
from neuroep.devices.laws import LAWS
from neuroep.devices.laws.exponential import Exponential

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


def test_the_exponential_law_goes_down_as_the_page_says() -> None:
    """Where b is not 0 the way down is no mirror image of the way up."""
    (told,) = re.findall(r"(?m)^\| `exponential` \|.*; down exp\(-gamma z\) at the same z", PAGE)
    assert "max(1 - A exp(gamma z), 0), z = 2 a w / (w_high - w_low) + b" in told
    law = Exponential(0.3, 2.0, 0.3, 2.0, scale=0.5, shift=0.4)
    w = np.array([-0.6, -0.3, 0.2])
    z = 0.5 * w + 0.4
    np.testing.assert_allclose(w - law.after(w, -1, 0.01), 0.01 * (1 - 0.3 * np.exp(-2.0 * z)))
    np.testing.assert_allclose(law.after(w, 1, 0.01) - w, 0.01 * (1 - 0.3 * np.exp(2.0 * z)))


def test_what_trains_on_devices_writes_them() -> None:
    """A design that asks for Adam moves floats, whatever devices it has."""
    found = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found += re.findall(r"neuroep train .*devices\.card=.*", text)
    assert len(found) > 10
    for line in found:
        assert "learning.update=pulses" in line or "train onchip_mnist" in line
