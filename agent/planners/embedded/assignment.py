"""The best one-to-one assignment, and whether a choice in it could as well have been made otherwise."""

from __future__ import annotations

from collections.abc import Sequence

Scores = Sequence[Sequence[float]]
"""One row a key, one column a target; 0 or less where the two don't fit."""

_FORBIDDEN = 1e6


def assign(scores: Scores, threshold: float) -> list[int | None]:
    """For each row the column that it gets, or None; the sum of (score - threshold) is the greatest possible."""
    rows = len(scores)
    columns = len(scores[0]) if rows else 0
    # Every row may also stay alone, at no cost, in a column of its own.
    cost = [
        [threshold - s if s >= threshold else _FORBIDDEN for s in row]
        + [0.0 if n == own else _FORBIDDEN for n in range(rows)]
        for own, row in enumerate(scores)
    ]
    return [column if column < columns else None for column in _cheapest(cost)]


def total(scores: Scores, taken: Sequence[int | None], threshold: float) -> float:
    """What an assignment is worth, as `assign` counts it."""
    return sum(scores[row][column] - threshold for row, column in enumerate(taken) if column is not None)


def rival(
    scores: Scores, taken: Sequence[int | None], row: int, threshold: float
) -> tuple[float, list[int | None]] | None:
    """The best assignment that does not give `row` its column, and how much less it is worth; None if no other fits."""
    column = taken[row]
    if column is None:
        return None
    others = any(s >= threshold for n, s in enumerate(scores[row]) if n != column)
    wanted = any(scores[n][column] >= threshold for n in range(len(scores)) if n != row)
    if not others and not wanted:
        return None
    changed = [list(line) for line in scores]
    changed[row][column] = 0.0
    other = assign(changed, threshold)
    return total(scores, taken, threshold) - total(changed, other, threshold), other


def _cheapest(cost: list[list[float]]) -> list[int]:
    """Shortest augmenting paths with potentials (the Hungarian method), O(rows^2 * columns); rows <= columns."""
    rows, columns = len(cost), len(cost[0]) if cost else 0
    infinite = float("inf")
    u, v = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner = [0] * (columns + 1)
    for row in range(1, rows + 1):
        owner[0], at = row, 0
        least, before, used = [infinite] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while owner[at]:
            used[at] = True
            i, step, following = owner[at], infinite, 0
            for j in range(1, columns + 1):
                if used[j]:
                    continue
                reduced = cost[i - 1][j - 1] - u[i] - v[j]
                if reduced < least[j]:
                    least[j], before[j] = reduced, at
                if least[j] < step:
                    step, following = least[j], j
            for j in range(columns + 1):
                if used[j]:
                    u[owner[j]] += step
                    v[j] -= step
                else:
                    least[j] -= step
            at = following
        while at:
            owner[at] = owner[before[at]]
            at = before[at]
    result = [0] * rows
    for j in range(1, columns + 1):
        if owner[j]:
            result[owner[j] - 1] = j - 1
    return result
