# SPDX-License-Identifier: BSD-3-Clause
"""Do the conditions of a study differ? Pairs with intervals that hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from interfacefem.report.study_data import StudyData
from interfacefem.report.study_statistics import Condition, MetricTable
from interfacefem.report.study_tables import level_text
from interfacefem.statistics.comparisons import Comparison, compare_groups

COMPARED = ("i_ratio", "stress_ratio")
MOST_CONDITIONS = 6  # of which every pair is compared


@dataclass(frozen=True, eq=False)
class ComparedConditions:
    """A metric over the conditions of a study.

    Attributes:
        metric: Column.
        comparison: All conditions, and pairs of them by their names.
        conditions: How many.
        neighbours_only: Whether pairs are only those that differ in one factor, by neighbouring
            levels.
    """

    metric: str
    comparison: Comparison
    conditions: int
    neighbours_only: bool


def compared_conditions(data: StudyData, tables: Sequence[MetricTable]) -> list[ComparedConditions]:
    """Compare conditions, images (or samples) as the units, on the logarithm of the excess.

    Args:
        data: The study.
        tables: Of the metrics that are compared, each at one point of the parameters.

    Returns:
        One for each metric of which two conditions hold a value and all have a logarithm.
    """
    found = []
    for table in tables:
        known = {
            ", ".join(level_text(data, *level) for level in condition.factors.items()): condition
            for condition in table.conditions
            if condition.summary is not None
        }
        if not all(one.summary and one.summary.is_geometric for one in known.values()):
            continue
        some = len(known) > MOST_CONDITIONS

        def wanted(first: str, second: str, known: dict[str, Condition] = known) -> bool:
            return _are_neighbours(data, known[first], known[second])

        groups = {name: list(one.units.values()) for name, one in known.items()}
        compared = compare_groups(groups, wanted if some else None)
        if compared is not None:
            found.append(ComparedConditions(table.metric, compared, len(known), some))
    return found


def _are_neighbours(data: StudyData, first: Condition, second: Condition) -> bool:
    """Whether they differ in one factor, by neighbouring levels."""
    differing = [name for name in data.factors if first.factors[name] != second.factors[name]]
    if len(differing) != 1:
        return False
    (name,) = differing
    levels = data.levels(name)
    places = [levels.index(one.factors[name]) for one in (first, second)]
    return abs(places[0] - places[1]) == 1
