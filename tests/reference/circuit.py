"""What tests of circuits share: a chip for any network, and its equations in plain numpy."""

from collections.abc import Iterator

import numpy as np

from neuroep.core.hopfield import transient
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.ode import CircuitEquations
from neuroep.hardware.hopfield.pairs import with_wires
from neuroep.hardware.hopfield.supply import (
    circuit_elements,
    circuit_table,
    constant_power,
    loads_of_lines,
)
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.programs.scipy import scipy_view
from neuroep.hardware.views.view import View
from neuroep.settle.hopfield.prepare import make_job
from reference.problems import Problem

BETA = 0.4


def circuit_of(problem: Problem) -> Circuit:
    """Return a chip whose layers differ in capacitance, and not at room temperature."""
    names = problem.network.settling
    slower = {name: (1.0 + k) * 1e-12 for k, name in enumerate(names)}
    chip = Chip(capacitances=slower, temperature=320.0, wires=problem.wires)
    return Circuit(with_wires(problem.network, chip), chip)


def equations(problem: Problem, example: int, beta: float) -> CircuitEquations:
    """Return the slow equations of one example."""
    circuit, target = circuit_of(problem), problem.target[example]
    return CircuitEquations(circuit, problem.drive, example, beta, target)


class KernelArguments:
    """What the kernels of the transient read, for one example."""

    def __init__(self, problem: Problem, example: int, beta: float) -> None:
        circuit = circuit_of(problem)
        drive = problem.drive
        job = make_job(drive, [beta], problem.target if beta else None, None, None)
        chip = circuit.chip
        self.inputs = job.inputs._replace(row=np.array([example]))
        self.first = (drive.plan.sweep, job.weights, self.inputs, job.nudge, beta)
        constants = np.zeros(transient.CHIP_ENTRIES)
        constants[transient.SUPPLY] = chip.supply
        constants[transient.SIGNAL] = chip.signal
        constants[transient.UNIT_CURRENT] = chip.unit_current
        constants[transient.PAIR_LOAD] = 2 * chip.middle_conductance
        self.table = circuit_table(circuit, drive, example)
        self.elements = circuit_elements(circuit)
        loads, constant = loads_of_lines(circuit), constant_power(circuit, drive, example)
        self.second = (self.elements, self.table, constants, loads, constant)
        self.units = drive.plan.units
        self.scratch = np.zeros((4, max(self.units, job.scratch_size(1))))


def own_views(bench: Bench) -> Iterator[View]:
    """Yield the views that need no other program: sweep, transient, scipy."""
    yield bench.settled
    yield bench.timed
    yield scipy_view(bench)
