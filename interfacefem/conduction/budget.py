# SPDX-License-Identifier: BSD-3-Clause
"""Where the error of an effective conductivity comes from, and which part dominates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BudgetRow:
    """One source of error.

    Attributes:
        source: ``voxels``, ``volume``, ``solver`` or ``segmentation``.
        error: In the unit of the conductivities; None where it is not known.
        relative: Over the effective conductivity.
        meaning: What the number says, or why there is none.
    """

    source: str
    error: float | None
    relative: float | None
    meaning: str


def budget(
    sigma: float,
    *,
    voxels: float | None,
    volume: float | None,
    solver: float | None,
    segmentation: float | None,
    greys: bool,
) -> list[BudgetRow]:
    """Rows for one axis.

    Args:
        sigma: Effective conductivity; where it is 0 no error is known.
        voxels: Error by the voxels (``voxel_error``), absolute.
        volume: By the size of the volume (``sub_volumes``), relative.
        solver: Width between the bounds, absolute.
        segmentation: By the thresholds (``segmentation_error``), relative.
        greys: Whether greys were given.
    """
    rows = [
        (
            "voxels", voxels,
            "covers what voxels do to the geometry they sample"
            if voxels is not None else "nothing conducts, or not asked for",
        ),
        (
            "volume", None if volume is None else volume * sigma,
            "95 % interval of the mean over volumes of this size"
            if volume is not None else "too few voxels to cut into parts, or not asked for",
        ),
        (
            "solver", solver,
            "width between the bounds of the discrete problem"
            if solver is not None else "bounds not asked for",
        ),
        (
            "segmentation", None if segmentation is None else segmentation * sigma,
            "thresholds moved by a tenth of the contrast"
            if segmentation is not None
            else "nothing conducts" if greys else "needs the greys beside the labels",
        ),
    ]  # fmt: skip
    if sigma == 0:
        return [BudgetRow(source, None, None, "nothing conducts") for source, _, _ in rows]
    return [
        BudgetRow(source, error, None if error is None else error / sigma, meaning)
        for source, error, meaning in rows
    ]


def dominating(rows: list[BudgetRow]) -> str | None:
    """Source of the largest known error."""
    known = [row for row in rows if row.error is not None]
    return max(known, key=lambda row: row.error or 0.0).source if known else None


def budget_result(axis: int, rows: list[BudgetRow], unit: float) -> list[dict[str, Any]]:
    """Rows as JSON; errors over ``unit``."""
    largest = dominating(rows)
    return [
        {
            "axis": axis,
            "source": row.source,
            "error": None if row.error is None else row.error / unit,
            "relative": row.relative,
            "dominates": row.source == largest,
            "meaning": row.meaning,
        }
        for row in rows
    ]
