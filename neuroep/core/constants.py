"""Physical constants, as ngspice has them, so that its voltages can be compared to the last digit.

ngspice 39 carries CODATA 2014; the exact SI values of 2019 differ by one part in a million, which
an exponential device would show.
"""

BOLTZMANN = 1.38064852e-23
"""J/K (CODATA 2014)."""

ELEMENTARY_CHARGE = 1.6021766208e-19
"""C (CODATA 2014)."""

ZERO_CELSIUS = 273.15
"""K."""

ROOM_TEMPERATURE = 300.15
"""K: 27 degrees Celsius, ngspice's default."""


def thermal_voltage(temperature: float = ROOM_TEMPERATURE) -> float:
    """Return U_T = k T / q in volts, for a temperature in kelvin."""
    return BOLTZMANN * temperature / ELEMENTARY_CHARGE
