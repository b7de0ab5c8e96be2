"""Call a neuron's scalar function by its machine address from inside a kernel."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def call_scalar(
    typing_context: Any, address: Any, potential: Any, constants: Any, first: Any
) -> Any:
    """Return ``f(potential, constants)`` for the compiled function f that stands at ``address``.

    With ``first`` in place of a slice, whose owner would be counted once a call, for all threads.

    Parameters
    ----------
    address : int64
        What :func:`neuroep.core.jit.scalar_address` returned.
    potential : float64
        Normalised potential.
    constants : float64 array, one-dimensional and contiguous
        Among them the neuron type's.
    first : int64
        Where these begin.
    """
    if not (isinstance(constants, types.Array) and constants.ndim == 1):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = cgutils.create_struct_proxy(signature.args[2])(context, builder, arguments[2])
        double = ir.DoubleType()
        function_type = ir.FunctionType(double, [double, double.as_pointer()])
        pointer = builder.inttoptr(arguments[0], function_type.as_pointer())
        own = builder.gep(array.data, [arguments[3]])
        return builder.call(pointer, [arguments[1], own])

    return types.float64(types.int64, types.float64, constants, types.int64), generate
