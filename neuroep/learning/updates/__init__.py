"""How what a rule asks for is granted: one file an update, its line in the catalogue."""

from neuroep.learning.updates.adam import Adam
from neuroep.learning.updates.projected import Projected
from neuroep.learning.updates.rates import rates_by_name
from neuroep.learning.updates.sgd import SGD
from neuroep.learning.updates.updater import Limits, Update, Updater, within

UPDATES: dict[str, type[Update]] = {"adam": Adam, "sgd": SGD, "projected": Projected}
"""What designs and help know an update by."""

__all__ = ["UPDATES", "Limits", "Update", "Updater", "rates_by_name", "within"]
