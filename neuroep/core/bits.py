"""A float's bits as an integer that orders as the floats do: its largest is found by vectors.

A maximum of floats is compiled one by one, for NaN stands in no order; NaN with its sign bit off
lies above infinity here.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

OF_FLOAT = {types.float32: types.int32, types.float64: types.int64}
OF_INTEGER = {integer: real for real, integer in OF_FLOAT.items()}


def _turned(builder: Any, bits: Any) -> Any:
    """Turn the bits of negative numbers around, or back: all but the sign."""
    width = bits.type.width
    negative = builder.ashr(bits, ir.Constant(bits.type, width - 1))
    magnitude = ir.Constant(bits.type, (1 << (width - 1)) - 1)
    return builder.xor(bits, builder.and_(negative, magnitude))


@intrinsic
def rank_of(typing_context: Any, number: Any) -> Any:
    """Return the integer of a float, of its width; a larger float has a larger one."""
    if number not in OF_FLOAT:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _turned(builder, builder.bitcast(arguments[0], ir.IntType(number.bitwidth)))

    return OF_FLOAT[number](number), generate


@intrinsic
def number_of(typing_context: Any, rank: Any) -> Any:
    """Return the float of an integer that :func:`rank_of` returned."""
    if rank not in OF_INTEGER:
        return None
    real = OF_INTEGER[rank]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FloatType() if real == types.float32 else ir.DoubleType()
        return builder.bitcast(_turned(builder, arguments[0]), kind)

    return real(rank), generate


@intrinsic
def higher(typing_context: Any, one: Any, other: Any) -> Any:
    """Return the higher of two ranks, without widening them first."""
    if one not in OF_INTEGER or one != other:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.icmp_signed(">", *arguments), *arguments)

    return one(one, other), generate


@intrinsic
def power_of_two(typing_context: Any, exponent: Any) -> Any:
    """Return 2^n of a whole float n, of its dtype, in the range of its normal numbers."""
    if exponent not in OF_FLOAT:
        return None
    width, mantissa, bias = (32, 23, 127) if exponent == types.float32 else (64, 52, 1023)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # By 32 bits: nothing vectorises a float64 to an integer of 64 before AVX-512.
        n = builder.fptosi(arguments[0], ir.IntType(32))
        if width == 64:
            n = builder.sext(n, ir.IntType(64))
        n = builder.add(n, ir.Constant(n.type, bias))
        return builder.bitcast(builder.shl(n, ir.Constant(n.type, mantissa)), arguments[0].type)

    return exponent(exponent), generate
