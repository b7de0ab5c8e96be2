"""Settling: one entry point, one solver a file, a result that reports on itself."""

from neuroep.settle.front import SOLVERS, Solver, settle
from neuroep.settle.hopfield.settled import Record, Settled, SettleError, Status, Stop

__all__ = ["SOLVERS", "Record", "SettleError", "Settled", "Solver", "Status", "Stop", "settle"]
