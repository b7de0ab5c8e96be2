"""Learning by equilibrium propagation: estimators, updates, the trainer."""

from neuroep.learning.estimators import ESTIMATORS, Estimate, Estimator, centered
from neuroep.learning.hopfield.slopes import energy_slope

__all__ = ["ESTIMATORS", "Estimate", "Estimator", "centered", "energy_slope"]
