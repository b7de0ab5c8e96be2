"""The neuron of a resistive network: a node that an exponential diode clamps."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, brian, static
from neuroep.hardware.cells.cell import BRIAN, KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.parameters import Parameter

SOURCE_CONDUCTANCE = 10e-6
"""S: the conductance through which the clamped node is driven on the bench."""

CAPACITANCE = 1e-12
"""F: of the clamped node."""

KENDALL = "Kendall et al., arXiv:2006.01981 (2020)"


def _diode_current(setup: Setup, x: Reals) -> Reals:
    scale = setup.values["n"] * setup.thermal_voltage
    return setup.values["is"] * np.expm1(x / scale)


def _clamped(setup: Setup, x: Reals) -> Reals:
    """Return where a node settles behind a conductance g from a source at x, diode to ground.

    g (x - v) = I_s (exp(v/a) - 1) with a = n U_T: v = w - a W(I_s/(g a) exp(w/a)), w = x + I_s/g,
    and Lambert's W of an exponential is Wright's omega, which does not overflow.
    """
    from scipy.special import wrightomega

    a = setup.values["n"] * setup.thermal_voltage
    w = x + setup.values["is"] / SOURCE_CONDUCTANCE
    z = w / a + np.log(setup.values["is"] / (SOURCE_CONDUCTANCE * a))
    return np.asarray(w - a * wrightomega(z).real)


def _clamped_ode(setup: Setup, x: Reals) -> Reals:
    from scipy.integrate import solve_ivp

    g, a = SOURCE_CONDUCTANCE, setup.values["n"] * setup.thermal_voltage

    def slope(t: float, v: Reals) -> Reals:
        return np.asarray((g * (x - v) - _diode_current(setup, v)) / CAPACITANCE)

    def jacobian(t: float, v: Reals) -> Reals:
        return np.diag(-(g + setup.values["is"] / a * np.exp(v / a)) / CAPACITANCE)

    # Longer steps would try voltages at which the exponential overflows.
    tau = CAPACITANCE / g
    solved = solve_ivp(
        slope,
        (0.0, 40.0 * tau),
        np.zeros(x.size),
        "BDF",
        rtol=1e-10,
        atol=1e-12,
        jac=jacobian,
        first_step=1e-4 * tau,
        max_step=0.5 * tau,
    )
    return np.asarray(solved.y[:, -1])


def _clamped_brian(setup: Setup, x: Reals) -> Reals:
    tau = CAPACITANCE / SOURCE_CONDUCTANCE
    with brian.code_target() as b2:
        quantities = brian.with_units(setup)
        nodes = b2.NeuronGroup(
            x.size,
            """dv/dt = (g*(source - v) - i_s*(exp(v/(ideality*ut)) - 1))/c : volt
            source : volt (constant)""",
            method="rk4",
            dt=tau / 100 * b2.second,
            namespace={
                "g": SOURCE_CONDUCTANCE * b2.siemens,
                "c": CAPACITANCE * b2.farad,
                "i_s": quantities["is"],
                "ideality": quantities["n"],
                "ut": quantities["ut"],
            },
        )
        nodes.source = x * b2.volt
        b2.Network(nodes).run(30 * tau * b2.second)
        return np.asarray(nodes.v)


def _clamped_wiring(setup: Setup, s: str, volts: float) -> list[str]:
    return [
        f"Vsource{s} source{s} 0 {volts:.17g}",
        f"Rsource{s} source{s} node{s} {1 / SOURCE_CONDUCTANCE:.17g}",
        bench.instance(setup, s, f"node{s} 0"),
    ]


DIODE = Cell(
    "diode",
    "neuron of a resistive network: the diode that clamps its node",
    {"a": "anode", "k": "cathode"},
    (
        Parameter("is", "amp", "saturation current", 1e-14, source="SPICE's default diode"),
        Parameter("n", "", "ideality", 1.0, source="ideal junction"),
    ),
    (
        static.sweep(
            "characteristic",
            Axis("voltage from a to k", "V"),
            Axis("current from a to k", "A"),
            # Up to 10 µA, the scale of the currents at a node.
            lambda s: np.linspace(
                -0.2, s.values["n"] * s.thermal_voltage * np.log(1e-5 / s.values["is"]), 29
            ),
            _diode_current,
            bench.wired(lambda x: {"a": x, "k": 0.0}),
            ("i(vk)",),
            # Below -3 n U_T SPICE writes -I_s (1 + (3 n U_T/(e V))^3) for the exponential.
            tolerance=lambda s: 1e-13 + 0.01 * s.values["is"],
        ),
        Experiment(
            f"clamped node, behind {SOURCE_CONDUCTANCE * 1e6:g} µS",
            Axis("voltage that drives the node", "V"),
            Axis("voltage of the node", "V"),
            lambda s: np.linspace(-1.0, 2.0, 25),
            {
                KERNEL: _clamped,
                ODE: _clamped_ode,
                BRIAN: _clamped_brian,
                SPICE: lambda s, x: bench.operating_points(s, x, _clamped_wiring, ("node",)),
            },
            {ODE: 1e-8, BRIAN: 1e-8, SPICE: 1e-6},
        ),
    ),
)
