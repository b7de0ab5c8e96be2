"""The tables [devices] and [sensing] of a design: what learns, and what is sampled."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
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
from neuroep.network.parameters import way_there
from neuroep.quantities import Farads, Seconds
from neuroep.tasks.section import Section

PositiveFinite = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class DevicesSection(Section):
    """The devices of all parameters; see :class:`neuroep.devices.chip.DeviceChip`.

    Of time and refreshing see :class:`neuroep.devices.upkeep.Upkeep`.
    """

    card: dict[str, Any]
    """Name or file of a device card, beside the design or where the command is given; a run keeps
    what it says. ``--set devices.card.noise.pulse=2`` changes an entry of it.
    """
    arrangement: Literal["pair", "reference", "one_sided", "single"] = "pair"
    """``pair``: two devices, written push-pull; ``reference``: one against a fixed one;
    ``one_sided``: two that are only pulsed up; ``single``: the parameter is one device's
    conductance (resistive chips).
    """
    fabrication: int = Field(0, ge=0, lt=2**31)
    """Number of the chip: it says what each of its devices was fabricated as."""
    states: float | None = Field(None, ge=1)
    """Steps of both directions become 1 / states of the range at its centre; as on the card when
    absent.
    """
    stuck: float | None = Field(None, ge=0, le=1)
    """Share of devices that no pulse moves; the card's when absent."""
    full_scale: dict[str, PositiveFinite | Literal["auto"]] = Field(default_factory=dict)
    """Largest weight of an array, by pattern of parameter names, at most what ``[circuit]`` lets
    its conductances hold; ``auto`` is its largest initial one, twice that where all are alike, 0.3
    at least. Of a single device the largest conductance it is used at, S; ``auto`` is
    ``conductance_max``.
    """
    directions: Literal["one", "own"] = "one"
    """``own``: what settling layers send back to each other goes through devices of its own (a
    parameter ``FROM-TO.back``), behind the same drivers: they get the same pulses and drift
    apart. There is no energy then; ``gradcheck`` and ``[plasticity]`` take ``one``.
    """
    count_pulses: bool = True
    """Pulses of every synapse are counted, eight bytes each, so that wear is known device by
    device.
    """
    example_time: Seconds | None = Field(None, gt=0)
    """How long an example takes, all phases and the write; when absent a free phase and two nudged
    ones of ``[plasticity]``, of ``[spiking]`` where the design spikes, or of
    ``circuit.duration``; 100 us where none of them says.
    """
    age_every: int = Field(Upkeep.age_every, ge=0)
    """Examples after which devices drift and decay for as long as these took, as their card says; 0
    stops time.
    """
    refresh_every: int = Field(Upkeep.refresh_every, ge=0)
    """Examples after which one-sided pairs are put back; 0: never."""
    refresh_level: float = Field(Upkeep.refresh_level, gt=-1, le=1)
    """State of a device, -1 to 1, from which on its pair is put back."""

    def device(self) -> Device:
        """Return the card's device, with what the design says of it; a ValueError names a key."""
        try:
            found = device_of(self.card, "devices.card")
        except InputError as error:  # which does not know the design's file
            raise ValueError(str(error)) from None
        if self.states is not None:
            up, down = (2.0 / self.states / found.law.at_centre(way) for way in (True, False))
            try:
                found = replace(found, step_up=up, step_down=down)
            except ValueError as error:
                raise ValueError(f"devices.states: {error}") from None
        return found if self.stuck is None else replace(found, stuck=self.stuck)

    def check_names(self, parameters: Collection[str]) -> None:
        """Check that what is said of arrays is of some that there are; a ValueError if not."""
        for pattern in self.full_scale:
            if not any(fnmatchcase(way_there(name), pattern) for name in parameters):
                known = ", ".join(dict.fromkeys(map(way_there, parameters)))
                raise ValueError(f"devices.full_scale: {pattern!r} fits none of {known}")

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
    """The samplers of all lines; see :class:`neuroep.devices.sensing.Sampler`."""

    offset: float = 0.0
    """Spread over the samplers of what each adds, in units of full activity."""
    gain: float = 0.0
    """Spread of the errors of their gains."""
    noise: float = 0.0
    """Standard deviation of every sample."""
    droop: float = 0.0
    """Share that has leaked away when a sample is used."""
    chop: bool = True
    """A line's two samplers swap roles at random from example to example: a fixed offset then
    averages out.
    """
    fabrication: int = Field(0, ge=0, lt=2**31)
    """Number of the chip: it says what each sampler's errors are."""
    capacitance: Farads = Sampler.capacitance
    """Of each sampling capacitor: what a sample costs in the budget."""
    readout: float = Field(0.0, ge=0, lt=1)
    """Standard deviation of a sample of an output that an answer is read from, in units of full
    activity.
    """

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
