"""What one unit of each normalised quantity is on a chip."""

from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.learning.probe import Attributes, in_si

_PER_ROLE = {"bias": "current", "queries": "current", "patterns": "pattern"}


def unit_values(
    circuit: Circuit,
) -> tuple[dict[str, Attributes], dict[str, dict[str, Attributes]], Attributes]:
    """Return SI values of a unit: of each learned array, of each layer's quantities, of the energy.

    A weight is the difference of a pair of conductances, a bias or a query a constant current, an
    activity the voltage of a line and a potential that of a membrane; the energy is a current times
    a line's voltage. The bias of the read-out is a score, which has no value.
    """
    chip = circuit.chip
    values: dict[str, Attributes] = {
        "weight": in_si(chip.unit_conductance, "S"),
        "pattern": in_si(chip.pattern_conductance, "S"),
        "current": in_si(chip.unit_current, "A"),
    }
    arrays = {}
    for name in circuit.network.parameter_shapes():
        role = name.rpartition(".")[2]
        if name != "readout.bias":
            arrays[name] = values[_PER_ROLE.get(role, "weight")]
    layers: dict[str, dict[str, Attributes]] = {
        name: {
            "activity": in_si(chip.signal, "V"),
            "potential": in_si(layer.unit_volts, "V"),
        }
        for name, layer in circuit.layers.items()
    }
    return arrays, layers, in_si(chip.unit_current * chip.signal, "W")
