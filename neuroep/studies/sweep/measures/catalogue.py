"""Every measure by its name in a plan."""

from neuroep.studies.sweep.measures.evaluating import Evaluating
from neuroep.studies.sweep.measures.measure import Measure
from neuroep.studies.sweep.measures.settling import Settling
from neuroep.studies.sweep.measures.training import Training
from neuroep.studies.sweep.measures.verifying import Verifying

MEASURES: dict[str, Measure] = {
    "train": Training(),
    "eval": Evaluating(),
    "verify": Verifying(),
    "settle": Settling(),
}
