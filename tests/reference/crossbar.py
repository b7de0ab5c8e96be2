"""A crossbar with wires, node by node: one dense system of Kirchhoff's equations."""

import numpy as np


class Nodal:
    """``conductances`` (R, C), S; ``wires``: row, column, driver and receiver resistance, ohm."""

    def __init__(self, conductances: np.ndarray, wires: np.ndarray) -> None:
        row, column, driver, receiver = (float(r) for r in wires)
        self.shape = rows, columns = conductances.shape
        size = 2 * rows * columns
        matrix = np.zeros((size, size))

        def word(i: int, j: int) -> int:
            return i * columns + j

        def bit(i: int, j: int) -> int:
            return rows * columns + i * columns + j

        def join(a: int, b: int, siemens: float) -> None:
            matrix[a, a] += siemens
            matrix[b, b] += siemens
            matrix[a, b] -= siemens
            matrix[b, a] -= siemens

        for i in range(rows):
            for j in range(columns):
                join(word(i, j), bit(i, j), conductances[i, j])
                if j + 1 < columns:
                    join(word(i, j), word(i, j + 1), 1.0 / row)
                if i + 1 < rows:
                    join(bit(i, j), bit(i + 1, j), 1.0 / column)
        self.first = [word(i, 0) for i in range(rows)]
        self.last = [bit(rows - 1, j) for j in range(columns)]
        self.feed, self.sink = 1.0 / (row + driver), 1.0 / (column + receiver)
        matrix[self.first, self.first] += self.feed
        matrix[self.last, self.last] += self.sink
        self.matrix = matrix

    def nodes(self, driven: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """Return the voltages of all nodes, (2 R C, n)."""
        right = np.zeros((len(self.matrix), driven.shape[1]))
        right[self.first] += self.feed * driven
        right[self.last] += self.sink * ended
        return np.linalg.solve(self.matrix, right)

    def drops(self, driven: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """Return what stands across each device, (R, C, n)."""
        half = len(self.matrix) // 2
        nodes = self.nodes(driven, ended)
        return (nodes[:half] - nodes[half:]).reshape(*self.shape, -1)

    @property
    def transfer(self) -> np.ndarray:
        """Current into each receiver per volt at each driver, (R, C)."""
        rows, columns = self.shape
        nodes = self.nodes(np.eye(rows), np.zeros((columns, rows)))
        return self.sink * nodes[self.last].T

    @property
    def receiver_ports(self) -> np.ndarray:
        """Conductances between the receivers, drivers at 0 V, (C, C)."""
        rows, columns = self.shape
        nodes = self.nodes(np.zeros((rows, columns)), np.eye(columns))
        return self.sink * (np.eye(columns) - nodes[self.last])
