"""Settling: one entry point, one solver a file, a result that reports on itself.

The package itself can be called: ``neuroep.settle(network, inputs)`` is :func:`settle`.
"""

import sys
from types import ModuleType

from neuroep.settle.front import settle
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.settling import SOLVERS
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.result import Record, SettleError, Status, Stop

__all__ = ["SOLVERS", "Record", "SettleError", "Settled", "Solver", "Status", "Stop", "settle"]


class _Callable(ModuleType):
    __call__ = staticmethod(settle)


sys.modules[__name__].__class__ = _Callable
