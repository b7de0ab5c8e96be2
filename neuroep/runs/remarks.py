"""What a user should know of a run that its table does not say."""

from neuroep.learning.rules import RULES
from neuroep.learning.rules.two_phase import limit_remark
from neuroep.runs.metrics import Metrics


def chance_of(metrics: Metrics) -> float | None:
    """Return the share of the test examples that the most frequent class has, None if unknown."""
    if not metrics.confusion:
        return None
    counts = [sum(row) for row in metrics.confusion[metrics.solver]]
    return max(counts) / sum(counts)


def remarks(metrics: Metrics) -> list[str]:
    """Return what a user should know of a run that its table does not say."""
    found = []
    chance = chance_of(metrics)
    if chance is not None and metrics.test_accuracy <= chance + 0.02:
        found.append(
            f"the network has not learned: {metrics.test_accuracy:.2%} of the test "
            f"{metrics.unit}s, the most frequent class alone is {chance:.2%}; more epochs, more "
            "data or other learning.rates may help"
        )
    for solver, count in metrics.not_converged.items():
        share = count / metrics.examples["test"]
        if share > 0.01:
            found.append(
                f"{share:.1%} of the test settles by {solver} did not meet their tolerance; their "
                "answers count all the same"
            )
    for name, value in metrics.facts.items():
        if name.startswith("test_") and value:
            found.append(f"{value} {name.replace('_', ' ')}")
    if "lowest_beta" in metrics.facts:
        rule = RULES[metrics.rule]
        if not (rule.reference or rule.one_way):  # without a beta, or not nudged that way
            found.append(limit_remark(metrics.facts["beta"], metrics.facts["lowest_beta"]))
    if metrics.data.startswith("built-in"):
        found.append(f"these are the {metrics.data}; --data takes real ones")
    return [line for line in found if line]
