"""Files of the user's own: records, arrays, tables of numbers; labels and splits of all data."""

from neuroep.tables.table import Table, TableData, open_table, read_rows

__all__ = ["Table", "TableData", "open_table", "read_rows"]
