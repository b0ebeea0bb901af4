# SPDX-License-Identifier: BSD-3-Clause
"""Parameter points of a study: which of them have figures of their own, and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interfacefem.report.column_text import label_of, value_text

Point = Mapping[str, Any]
MOST_POINTS = 12


def chosen_points(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Some of many points: the one in the middle, then always the one farthest from those chosen.

    Distances are those of ranks along each parameter, so that of a grid the corners come first and
    values spaced by decades count like values spaced evenly.

    Args:
        points: All with the same parameters, at least one point.
        most: How many are chosen.

    Returns:
        Those chosen, in the order of ``points``.
    """
    if len(points) <= most:
        return list(points)
    places = np.column_stack([_ranks([point[name] for point in points]) for name in points[0]])
    chosen = [int(np.argmin(((places - 0.5) ** 2).sum(axis=1)))]
    nearest = np.full(len(points), np.inf)
    while len(chosen) < most:
        nearest = np.minimum(nearest, ((places - places[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(np.argmax(nearest)))
    return [points[place] for place in sorted(chosen)]


def point_text(point: Point) -> str:
    """A parameter point in words."""
    return ", ".join(f"{_short(name)} = {value_text(name, value)}" for name, value in point.items())


def ordered_levels(values: Sequence[Any]) -> list[Any]:
    """Different values: numbers in order, others as they come."""
    levels = list(dict.fromkeys(values))
    return sorted(levels) if all(isinstance(value, int | float) for value in levels) else levels


def _short(name: str) -> str:
    return {"i0_mA_cm2": "i₀", "current_density_mA_cm2": "i_app"}.get(
        name, label_of(name).split(" (")[0]
    )


def _ranks(values: Sequence[Any]) -> list[float]:
    levels = ordered_levels(values)
    rank = {level: place / max(len(levels) - 1, 1) for place, level in enumerate(levels)}
    return [rank[value] for value in values]
