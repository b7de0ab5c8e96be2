"""What one unit of each normalised quantity is on a chip."""

from collections.abc import Mapping

from neuroep.hardware.hopfield.circuit import Circuit

Values = Mapping[str, float]

_PER_ROLE = {"bias": "current", "queries": "current", "patterns": "pattern"}


def unit_values(
    circuit: Circuit,
) -> tuple[dict[str, Values], dict[str, dict[str, Values]], Values]:
    """Return SI values of a unit: of each learned array, of each layer's quantities, of the energy.

    A weight is the difference of a pair of conductances, a bias or a query a constant current, an
    activity the voltage of a line and a potential that of a membrane; the energy is a current times
    a line's voltage. The bias of the read-out is a score, which has no value.
    """
    chip = circuit.chip
    values: dict[str, Values] = {
        "weight": {"siemens_per_unit": chip.unit_conductance},
        "pattern": {"siemens_per_unit": chip.pattern_conductance},
        "current": {"amperes_per_unit": chip.unit_current},
    }
    arrays = {}
    for name in circuit.network.parameter_shapes():
        role = name.rpartition(".")[2]
        if name != "readout.bias":
            arrays[name] = values[_PER_ROLE.get(role, "weight")]
    layers: dict[str, dict[str, Values]] = {
        name: {
            "activity": {"volts_per_unit": chip.signal},
            "potential": {"volts_per_unit": layer.unit_volts},
        }
        for name, layer in circuit.layers.items()
    }
    return arrays, layers, {"watts_per_unit": chip.unit_current * chip.signal}
