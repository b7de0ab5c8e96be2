"""How requests become pulses: one file a scheme, its line in the catalogue."""

from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.schemes.coincidence import Coincidence
from neuroep.devices.schemes.mixed import Mixed
from neuroep.devices.schemes.nearest import Nearest
from neuroep.devices.schemes.scheme import Pulser, Rows, Scheme
from neuroep.devices.schemes.sign import Sign
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.schemes.transfer import Transfer

SCHEMES: dict[str, type[Scheme]] = {
    "accumulate": Accumulate,
    "stochastic": Stochastic,
    "nearest": Nearest,
    "sign": Sign,
    "coincidence": Coincidence,
    "transfer": Transfer,
    "mixed": Mixed,
}
"""What designs and help know a scheme by."""

__all__ = ["SCHEMES", "Pulser", "Rows", "Scheme"]
