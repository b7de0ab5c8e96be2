"""Files of the user's own: records, arrays, tables of numbers; labels and splits of all data."""

from neuroep.tables.table import Rows, Table, TableData, open_table, read_table

__all__ = ["Rows", "Table", "TableData", "open_table", "read_table"]
