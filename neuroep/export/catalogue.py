"""The formats of exports: a new one is a file beside these, and its line here."""

from neuroep.export.format import Format
from neuroep.export.formats import netcdf as nc
from neuroep.export.formats import npz, pwl, raw, sonata, table, vcd
from neuroep.export.recording import Recording

FORMATS: dict[str, Format[Recording]] = {
    one.name: one
    for one in (raw.FORMAT, pwl.FORMAT, table.FORMAT, vcd.FORMAT, nc.FORMAT, sonata.FORMAT,
                npz.FORMAT)
}  # fmt: skip
"""By the name that ``neuroep export --format`` takes."""
