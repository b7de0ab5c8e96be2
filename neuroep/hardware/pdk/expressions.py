"""The arithmetic of SPICE: what stands in braces or quotes, evaluated without running anything."""

import ast
import math
import re
from collections.abc import Callable, Mapping

SUFFIX = re.compile(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(meg|mil|[tgkmunpfa])?\w*")
SCALES = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "mil": 25.4e-6,
    "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18,
}  # fmt: skip

FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "exp": math.exp,
    "log": math.log,
    "ln": math.log,
    "max": max,
    "min": min,
    "pow": pow,
    "pwr": lambda a, b: abs(a) ** b,
    "sqrt": math.sqrt,
    # A distribution at its middle: what spreads is drawn elsewhere.
    "agauss": lambda middle, spread, sigmas: middle,
    "gauss": lambda middle, spread, sigmas: middle,
}

OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
}


def evaluate(
    text: str,
    names: Mapping[str, float],
    functions: Mapping[str, Callable[..., float]] = FUNCTIONS,
) -> float:
    """Return the value of an expression.

    ``names``: of parameters, lower-case; braces and quotes are parentheses, ``^`` is a power,
    numbers may carry the suffixes of SPICE.

    A KeyError: a name that is not known; a ValueError: it is no such arithmetic.
    """
    plain = re.sub(r"[{}']", lambda m: {"{": "(", "}": ")"}.get(m[0], " "), text.lower().strip())
    plain = SUFFIX.sub(_number, plain.replace("^", "**"))
    if "?" in plain:
        plain = re.sub(r"^\s*\(?([^?]+)\?([^:]+):(.+?)\)?\s*$", r"(\2) if (\1) else (\3)", plain)
    try:
        return _value(ast.parse(plain.strip(), mode="eval").body, names, functions)
    except (SyntaxError, TypeError, RecursionError, OverflowError, ZeroDivisionError) as error:
        raise ValueError(f"{text[:60]!r}: {error}") from None


def _number(match: re.Match[str]) -> str:
    return repr(float(match[1]) * SCALES.get(match[2] or "", 1.0))


def _value(
    node: ast.AST, names: Mapping[str, float], functions: Mapping[str, Callable[..., float]]
) -> float:
    def value(part: ast.AST) -> float:
        return _value(part, names, functions)

    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return float(names[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](value(left), value(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            return float(COMPARISONS[type(op)](value(left), value(right)))
        case ast.IfExp(test=test, body=body, orelse=other):
            return value(body) if value(test) else value(other)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in functions:
                raise ValueError(f"{name}() is no function of SPICE")
            return float(functions[name](*(value(argument) for argument in arguments)))
    raise ValueError("is no arithmetic")
