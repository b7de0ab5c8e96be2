"""The formats of learned values: a new one is a file beside these, and its line here."""

from collections.abc import Sequence

from neuroep.export.format import Format
from neuroep.export.weights import arrays, inc, table
from neuroep.export.weights.learned import Learned

FORMATS: dict[str, Format[Sequence[Learned]]] = {
    one.name: one for one in (table.FORMAT, arrays.FORMAT, inc.FORMAT)
}
"""By the name that ``neuroep export --weights --format`` takes."""
