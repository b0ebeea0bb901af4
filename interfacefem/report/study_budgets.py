# SPDX-License-Identifier: BSD-3-Clause
"""What moves the current ratio of a study's images besides the surface, as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interfacefem.report.study_data import StudyData
from interfacefem.report.study_tables import level_text


@dataclass(frozen=True)
class BudgetTable:
    """Images by row, sources by column.

    Attributes:
        meanings: Of the sources, those that move most first.
        rows: Factors of the condition, name of the image, its excess, and for each source the
            factors on it, or why there are none.
    """

    meanings: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], str, float | None, tuple[str, ...]], ...]


def budget_table(data: StudyData) -> BudgetTable | None:
    """The budgets that were found; None where there are none."""
    if not data.budgets:
        return None
    sizes: dict[str, list[float]] = {}
    meanings: dict[str, str] = {}
    for one in data.budgets:
        for row in one["rows"]:
            meanings[row["source"]] = row["meaning"]
            sizes.setdefault(row["source"], []).append(_size(row))
    ordered = sorted(sizes, key=lambda source: -sum(sizes[source]) / len(sizes[source]))
    factors = {
        str(result.row["image"]): tuple(
            level_text(data, name, result.row[name]) for name in data.factors
        )
        for result in data.results
    }
    rows = []
    for one in data.budgets:
        by_source = {row["source"]: row for row in one["rows"]}
        cells = tuple(_cell(by_source.get(source), one["reason"]) for source in ordered)
        without = tuple("–" for _ in data.factors)
        rows.append((factors.get(one["image"], without), one["image"], one["excess"], cells))
    return BudgetTable(tuple(meanings[source] for source in ordered), tuple(rows))


def _size(row: Mapping[str, Any]) -> float:
    if row["factor_low"] is None or row["factor_high"] is None:
        return 0.0
    return max(-math.log(row["factor_low"]), math.log(row["factor_high"]))


def _cell(row: Mapping[str, Any] | None, reason: str | None) -> str:
    if row is None:
        return reason or "–"
    if row["factor_low"] is None or row["factor_high"] is None:
        return str(row["reason"] or "–")
    return f"{row['factor_low']:.3g} to {row['factor_high']:.3g}"
