"""One-to-one assignment of least total cost (the Hungarian method)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def assign(costs: Mapping[tuple[int, int], float], rows: int, columns: int, alone: float) -> dict[int, int]:
    """Pair rows with columns, each at most once, so that the sum of costs is least.

    `costs` holds the pairs that are possible; a row left without a column costs `alone`.
    """
    wide = columns + rows  # each row may also take a column of its own: it stays alone
    table = np.full((rows, wide), 1e6)
    for (row, column), cost in costs.items():
        table[row, column] = cost
    table[np.arange(rows), columns + np.arange(rows)] = alone
    pairs = _hungarian(table)
    return {row: column for row, column in pairs.items() if column < columns and table[row, column] < alone}


def _hungarian(table: np.ndarray) -> dict[int, int]:
    """Each row's column in a table with at least as many columns as rows."""
    rows, columns = table.shape
    u, v = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.zeros(columns + 1, dtype=int)  # 1-based row that holds a column; 0 is none
    for row in range(1, rows + 1):
        owner[0] = row
        column = 0
        least = np.full(columns + 1, np.inf)
        came = np.zeros(columns + 1, dtype=int)
        used = np.zeros(columns + 1, dtype=bool)
        while True:
            used[column] = True
            held = owner[column]
            reduced = table[held - 1] - u[held] - v[1:]
            better = ~used[1:] & (reduced < least[1:])
            least[1:][better] = reduced[better]
            came[1:][better] = column
            masked = np.where(used[1:], np.inf, least[1:])
            nearest = int(masked.argmin()) + 1
            step = masked[nearest - 1]
            u[owner[used]] += step
            v[used] -= step
            least[~used] -= step
            column = nearest
            if owner[column] == 0:
                break
        while column:
            owner[column] = owner[came[column]]
            column = int(came[column])
    return {int(owner[c]) - 1: c - 1 for c in range(1, columns + 1) if owner[c]}
