"""Machine code that numba has no word for: a function by its address, memory asked for early."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def call_scalar(typing_context: Any, address: Any, potential: Any, constants: Any) -> Any:
    """Return ``f(potential, constants)`` for the compiled function f that stands at ``address``.

    Parameters
    ----------
    address : int64
        What :func:`neuroep.core.jit.scalar_address` returned.
    potential : float64
        Normalised potential.
    constants : float64 array, one-dimensional and contiguous
        The neuron type's constants.
    """
    if getattr(constants, "ndim", 0) != 1:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = cgutils.create_struct_proxy(signature.args[2])(context, builder, arguments[2])
        double = ir.DoubleType()
        function_type = ir.FunctionType(double, [double, double.as_pointer()])
        pointer = builder.inttoptr(arguments[0], function_type.as_pointer())
        return builder.call(pointer, [arguments[1], array.data])

    return types.float64(types.int64, types.float64, constants), generate


@intrinsic
def prefetch(typing_context: Any, array: Any, index: Any) -> Any:
    """Ask memory for an entry of a one-dimensional contiguous array that is soon written."""
    if getattr(array, "ndim", 0) != 1:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        struct = cgutils.create_struct_proxy(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        entry = builder.bitcast(builder.gep(struct.data, [arguments[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(ask, [entry, number(1), number(3), number(1)])  # to write, all caches, data
        return context.get_dummy_value()

    return types.none(array, types.intp), generate
