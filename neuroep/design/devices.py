"""The tables [devices] and [sensing] of a design: what learns, and what is sampled."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from neuroep.design.checked import made
from neuroep.devices.card import card_path, device_of, read_content
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Device
from neuroep.devices.sensing import Sampler
from neuroep.devices.upkeep import Upkeep
from neuroep.errors import InputError
from neuroep.quantities import Farads, Seconds
from neuroep.tasks.section import Section

PositiveFinite = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class DevicesSection(Section):
    """The devices of all parameters; see :class:`neuroep.devices.chip.DeviceChip`.

    ``card``: name or file of a device card, or what a card holds as a table; ``states``: in place
    of the card's steps, both of 2 / states; ``stuck``: in place of the card's share;
    ``full_scale``: largest weight, or "auto", by pattern of parameter names; ``directions``:
    whether one array of a coupling serves both ways, or the way back has devices of its own, which
    are asked for the same; ``example_time``: s, as long as the design's phases when absent; it and
    what follows: see :class:`neuroep.devices.upkeep.Upkeep`.
    """

    card: dict[str, Any]
    arrangement: Literal["pair", "reference", "one_sided", "single"] = "pair"
    fabrication: int = Field(0, ge=0, lt=2**31)
    states: float | None = Field(None, ge=1)
    stuck: float | None = Field(None, ge=0, le=1)
    full_scale: dict[str, PositiveFinite | Literal["auto"]] = Field(default_factory=dict)
    directions: Literal["one", "own"] = "one"
    count_pulses: bool = True
    example_time: Seconds | None = Field(None, gt=0)
    age_every: int = Field(Upkeep.age_every, ge=0)
    refresh_every: int = Field(Upkeep.refresh_every, ge=0)
    refresh_level: float = Field(Upkeep.refresh_level, gt=-1, le=1)

    def device(self) -> Device:
        """Return the card's device, with what the design says of it; a ValueError names a key."""
        try:
            found = device_of(self.card, "devices.card")
        except InputError as error:  # which does not know the design's file
            raise ValueError(str(error)) from None
        if self.states is not None:
            found = replace(found, step_up=2.0 / self.states, step_down=2.0 / self.states)
        return found if self.stuck is None else replace(found, stuck=self.stuck)

    def chip(self, phases: float) -> DeviceChip:
        """Return the devices as a training is told of them.

        ``phases``: how long those of an example last, s, 0 where nobody knows.
        """
        seconds = self.example_time or phases or Upkeep.example_time
        upkeep = Upkeep(seconds, self.age_every, self.refresh_every, self.refresh_level)
        return DeviceChip(
            self.device(),
            self.arrangement,
            self.full_scale,
            self.fabrication,
            self.count_pulses,
            upkeep,
        )


class SensingSection(Section):
    """The samplers of all lines; see :class:`neuroep.devices.sensing.Sampler`.

    ``readout``: standard deviation of a sample of an output that an answer is read from, in units
    of full activity.
    """

    offset: float = 0.0
    gain: float = 0.0
    noise: float = 0.0
    droop: float = 0.0
    chop: bool = True
    fabrication: int = Field(0, ge=0, lt=2**31)
    capacitance: Farads = Sampler.capacitance
    readout: float = Field(0.0, ge=0, lt=1)

    def sampler(self) -> Sampler:
        """Return the samplers; a ValueError begins with the key."""
        return made(Sampler, self, "sensing.")


def with_card(content: dict[str, Any], design: str) -> dict[str, Any]:
    """Return a design's content with the card of its [devices] as a table.

    So a run keeps the device that it was trained with. A file is looked for beside the design
    first, then where the command was given.
    """
    devices = content.get("devices")
    if not isinstance(devices, Mapping) or not isinstance(devices.get("card"), str):
        return content
    name = devices["card"]
    beside = Path(design).parent / name
    found = str(beside) if beside.is_file() and not card_path(name).is_file() else name
    card = read_content(found)
    card.setdefault("title", Path(found).stem)
    return {**content, "devices": {**devices, "card": card}}
