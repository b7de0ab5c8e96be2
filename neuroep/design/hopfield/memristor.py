"""A design's devices as the cell ``memristor``, whose steps are linear and without noise."""

from collections.abc import Callable

from neuroep.design.devices import DevicesSection
from neuroep.devices.device import Device
from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.linear import Linear
from neuroep.hardware.cells import CELLS, Values
from neuroep.hardware.chip import Chip

LEFT_OUT: dict[str, Callable[[Device], object]] = {
    "pulse noise": lambda d: d.pulse_noise,
    "write noise": lambda d: d.write_noise,
    "read noise": lambda d: d.read_noise,
    "spread of steps": lambda d: d.spread.step or d.spread.asymmetry,
    "spread of bounds": lambda d: d.spread.bounds or d.spread.lower,
    "stuck devices": lambda d: d.stuck,
    "drift": lambda d: d.ageing.drift or d.ageing.drift_spread,
    "retention": lambda d: d.ageing.retention < float("inf"),
}
"""What a card can say and the cell does not do."""

GAMMAS: dict[type, Callable[..., tuple[float, float]]] = {
    Constant: lambda law: (0.0, 0.0),
    Linear: lambda law: (law.gamma_up, law.gamma_down),
}
"""The laws that the cell can be, and how their steps up and down shrink."""


def memristor(section: DevicesSection, chip: Chip) -> tuple[Values, str]:
    """Return the values of the cell ``memristor``, SI, and one line on what device it is.

    Raises
    ------
    ValueError
        A device that the cell cannot be, or that does not fit the chip; begins with the key.
    """
    if section.arrangement != "pair":
        raise ValueError("devices.arrangement: the plasticity circuit writes pairs, and no other")
    if section.full_scale:
        raise ValueError("devices.full_scale: circuit.unit_conductance says what a pair holds here")
    device = section.device()
    gammas = _gammas(device)
    for key in ("volts", "width"):
        if getattr(device.pulse, key) is None:
            raise ValueError(
                f"devices.card: pulse.{key}: missing; the chip has to fire such pulses"
            )
    if (device.g_min, device.g_max) != (chip.conductance_min, chip.conductance_max):
        raise ValueError(
            f"devices.card: conductances of {device.g_min:g} to {device.g_max:g} S, but "
            f"circuit.conductance_min and conductance_max say {chip.conductance_min:g} to "
            f"{chip.conductance_max:g} S"
        )
    if device.pulse.volts > chip.supply:  # type: ignore[operator]  # not None, see above
        raise ValueError(
            f"devices.card: pulse.volts of {device.pulse.volts:g} V is beyond the supply of "
            f"{chip.supply:g} V"
        )
    try:
        values = CELLS["memristor"].values(
            gmin=device.g_min,
            gmax=device.g_max,
            su=device.step_up,
            sd=device.step_down,
            gammau=gammas[0],
            gammad=gammas[1],
            vp=device.pulse.volts,
            tp=device.pulse.width,
        )
    except ValueError as error:
        raise ValueError(f"devices.card: {error}") from None
    missed = [name for name, of in LEFT_OUT.items() if of(device)]
    ideal = f", its steps ideal: the netlist carries no {' and no '.join(missed)}" if missed else ""
    return values, f"devices: {device.name}{ideal}"


def _gammas(device: Device) -> tuple[float, float]:
    """Return how steps up and down shrink."""
    of = GAMMAS.get(type(device.law))
    if of is None:
        law = type(device.law).__name__.lower()
        raise ValueError(
            f"devices.card: law.type: the cell memristor is linear or constant, not {law}"
        )
    return of(device.law)
