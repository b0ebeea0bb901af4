# SPDX-License-Identifier: BSD-3-Clause
"""Conditions of a study: means with intervals, trends over the factors, risk."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interfacefem.assessment.classes import CLASSES, risk_class
from interfacefem.report.column_text import BOUNDS, EVEN
from interfacefem.report.study_data import Result, StudyData
from interfacefem.report.study_points import Point
from interfacefem.report.study_units import all_positive, unit_values
from interfacefem.statistics.groups import group_value, t_quantile
from interfacefem.statistics.optimum import Optimum, optimum
from interfacefem.statistics.trend import (
    Effect,
    Trend,
    effects,
    partial_rank_correlation,
    trend,
)
from interfacefem.study.file import WORSE_IF_LARGER
from interfacefem.tables import finite_number

_FIRST = ("i_ratio", "hot_spot_factor", "area_above_ccd", "stress_ratio", "contact_fraction",
          "interface_area_specific_resistance_ohm_cm2", "asr_constriction_ohm_cm2",
          "asr_charge_transfer_ohm_cm2", "interface_contact_fraction", "interface_hot_spot_factor",
          "hot_spot_mean_factor", "interface_area_above_ccd")  # fmt: skip
_INTERFACE = ("asr_", "barber_", "hidden_share", "undercut_share", "interface_", "hot_spot_mean",
              "hot_spot_length", "hot_spot_needed")  # fmt: skip
_STRESS = ("stress_ratio", "contact_fraction", "capped_fraction", "p_max_GPa",
           "von_mises_max_GPa")  # fmt: skip
# read over windows of the reference length, where the interface holds one
_READ_OVER_WINDOWS = {
    "i_ratio": ("excess", 1.0),
    "i_p99_p1": ("window_p99_p1_excess", 1.0),
    "hot_spot_factor": ("window_hot_spot_factor", 0.0),
    "area_above_ccd": ("window_area_above_ccd", 0.0),
    "safe_current_density_mA_cm2": ("window_safe_current_density_mA_cm2", 0.0),
}
# averaged as they are; all others on the logarithm of their excess over an even interface
_SHARES = ("area_above_ccd", "contact_fraction", "capped_fraction", "volume_fraction",
           "interface_contact_fraction", "interface_area_above_ccd", "hidden_share")  # fmt: skip
DECADES = 30.0  # largest over smallest value, from which logarithms are shown
_PROFILE = ("Rq_um", "Rz_um", "length_ratio")
VOLUME = ("volume_fraction", *(
    f"{name}_axis{axis}" for name in ("tortuosity_factor", "hot_spot_quantile") for axis in range(3)
))  # fmt: skip


@dataclass(frozen=True, eq=False)
class LineValue:
    """A metric on one line at one point of the parameters.

    Attributes:
        value: Mean over the draws, where there are any.
        result: The (first) row it comes from.
    """

    value: float
    result: Result


@dataclass(frozen=True)
class GroupSummary:
    """A metric over the images of a condition.

    Attributes:
        mean: Geometric mean of the excess over an even interface, plus that interface's value; the
            arithmetic mean of shares, and where an excess is not positive.
        low: Lower end of its 95 % interval (t over the units); None for one.
        high: Upper end of it.
        sd: Standard deviation between units, of the logarithm where the mean is geometric; None
            for one image.
        is_geometric: Whether it is.
        images: Number of images.
        units: Number of samples, or of images where there are none: what the interval is over.
        lines: Number of sections.
        images_for_20_percent: How many units give +-20 % at this spread; None where not known.
    """

    mean: float
    low: float | None
    high: float | None
    sd: float | None
    is_geometric: bool
    images: int
    units: int
    lines: int
    images_for_20_percent: int | None


@dataclass(frozen=True, eq=False)
class Condition:
    """A metric under one combination of the factors.

    Attributes:
        factors: By column.
        lines: Values of the sections.
        units: Excess over an even interface of each image, or of each sample, by its name.
        summary: Over them; None where no section has a value.
        parameter_low: 2.5 % quantile of the mean over the draws of uncertain parameters; None
            without draws.
        parameter_high: 97.5 % quantile of it.
        risk: Class of the mean; None without thresholds.
        risk_upper: Class of the interval's upper end.
        risk_shares: Share of lines in each class.
    """

    factors: Mapping[str, Any]
    lines: tuple[LineValue, ...]
    units: Mapping[str, float]
    summary: GroupSummary | None
    parameter_low: float | None
    parameter_high: float | None
    risk: str | None
    risk_upper: str | None
    risk_shares: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class MetricTable:
    """A metric over all conditions at one point of the parameters.

    Attributes:
        metric: Column.
        physics: That it belongs to; None for roughness.
        point: Values of the parameters by column.
        conditions: In the order of the table.
        trends: By numeric factor.
        effects: By factor, and ``interplay``.
        over_covariate: What the covariate on the axis does; None without one.
    """

    metric: str
    physics: str | None
    point: Point
    conditions: tuple[Condition, ...]
    trends: Mapping[str, Trend]
    effects: Mapping[str, Effect]
    over_covariate: OverCovariate | None


@dataclass(frozen=True)
class OverCovariate:
    """A metric over a covariate, the other factors held, images as the units.

    Attributes:
        rank_correlation: Partial, after Spearman; None where nothing varies.
        optimum: Where the metric is smallest; None where the levels do not allow it, or where
            smaller is not better.
    """

    rank_correlation: float | None
    optimum: Optimum | None


def physics_of(metric: str) -> str | None:
    """Physics a metric belongs to; None for what the profile alone decides."""
    if metric in _PROFILE:
        return None
    if metric.startswith(_INTERFACE):
        return "interface"
    if metric == "volume_fraction" or "_axis" in metric:
        return "transport"
    return "stress" if metric in _STRESS else "current"


def shown_metrics(data: StudyData) -> list[str]:
    """Metrics worth a figure: the paper's, those with thresholds, roughness."""
    wanted = dict.fromkeys([*_FIRST, *VOLUME, *data.study.risk, "Rq_um"])
    return [
        metric
        for metric in wanted
        if any(finite_number(result.row.get(metric)) is not None for result in data.results)
    ]


def points_of(data: StudyData, physics: str | None) -> list[Point]:
    """What the page's points say of the parameters that decide a physics, each combination once."""
    return _projected(data.points, data.parameters_of(physics))


def every_point_of(data: StudyData, physics: str | None) -> list[Point]:
    """The same of all points of the study."""
    return _projected(data.every_point, data.parameters_of(physics))


def _projected(points: Sequence[Point], names: Sequence[str]) -> list[Point]:
    found = {tuple(point[name] for name in names): None for point in points}
    return [dict(zip(names, values, strict=True)) for values in found]


def over_decades(table: MetricTable) -> bool:
    """Whether lines differ so much that logarithms show them best."""
    known = [condition for condition in table.conditions if condition.lines]
    excess = [_excess(table.metric, line.value) for entry in known for line in entry.lines]
    if not excess or min(excess) <= 0:
        return False
    return max(excess) > DECADES * min(excess)


def metric_table(data: StudyData, metric: str, point: Point) -> MetricTable:
    """Statistics of a metric at one point of the parameters."""
    physics = physics_of(metric)
    chosen = [
        result
        for result in data.placed
        if all(result.row[name] == value for name, value in point.items())
    ]
    groups: dict[tuple[Any, ...], list[Result]] = {}
    for result in chosen:
        groups.setdefault(tuple(result.row[name] for name in data.factors), []).append(result)
    conditions = tuple(
        _condition(data, metric, physics, dict(zip(data.factors, values, strict=True)), group)
        for values, group in groups.items()
    )
    return MetricTable(metric, physics, point, conditions, *_influences(data, metric, conditions))


def _condition(
    data: StudyData,
    metric: str,
    physics: str | None,
    factors: Mapping[str, Any],
    results: Sequence[Result],
) -> Condition:
    lines: dict[str, list[tuple[float, Result]]] = {}
    seen: set[tuple[str, str]] = set()
    drawn = data.uncertain_of(physics)
    by_draw: dict[tuple[Any, ...], list[float]] = {}
    for result in results:
        value = reading(result.row, metric, whole=data.is_tran2025(result.row))
        # rows that differ in what another physics needs show the same case
        case = (result.geometry, result.cases.get(physics, "") if physics else "")
        if value is None or case in seen:
            continue
        seen.add(case)
        lines.setdefault(result.geometry, []).append((value, result))
        by_draw.setdefault(tuple(result.row[name] for name in drawn), []).append(value)
    values = tuple(
        LineValue(sum(value for value, _ in found) / len(found), found[0][1])
        for found in lines.values()
    )
    sections = [(line.result.row, _excess(metric, line.value)) for line in values]
    is_geometric = metric not in _SHARES and all_positive(value for _, value in sections)
    units = unit_values(
        sections,
        geometric=is_geometric,
        arithmetic_sections=metric == "i_ratio" and data.is_tran2025(results[0].row),
    )
    summary = _summary(metric, values, units, is_geometric=is_geometric)
    low, high = _over_draws(list(by_draw.values())) if drawn else (None, None)
    thresholds = data.study.risk.get(metric)
    risk = upper = None
    shares: dict[str, float] = {}
    if thresholds is not None and summary is not None:
        risk = risk_class(summary.mean, thresholds)
        upper = None if summary.high is None else risk_class(summary.high, thresholds)
        classes = [risk_class(line.value, thresholds) for line in values]
        shares = {name: classes.count(name) / len(classes) for name in CLASSES}
    return Condition(factors, values, units, summary, low, high, risk, upper, shares)


def _excess(metric: str, value: float) -> float:
    return value - EVEN.get(metric, 0.0)


def reading(row: Mapping[str, Any], metric: str, *, whole: bool = False) -> float | None:
    """A metric of a row: over windows of the reference length, or what the row itself says.

    Args:
        row: Of the table.
        metric: Column.
        whole: Whether the row is of a model of the paper's own recipe, which is read whole.
    """
    if metric in _READ_OVER_WINDOWS and not whole:
        column, even = _READ_OVER_WINDOWS[metric]
        value = finite_number(row.get(column))
        if value is not None:
            return even + value
    return finite_number(row.get(metric))


def _summary(
    metric: str, lines: Sequence[LineValue], units: Mapping[str, float], *, is_geometric: bool
) -> GroupSummary | None:
    """Over the units: images, or samples with several images."""
    if not lines:
        return None
    even = EVEN.get(metric, 0.0)
    images = len({line.result.row["image"] for line in lines})
    if is_geometric:
        found = group_value(list(units.values()))
        assert found is not None
        low, high = (None if end is None else even + end for end in (found.low, found.high))
        return GroupSummary(
            mean=even + found.mean,
            low=low,
            high=high,
            sd=found.sd_ln,
            is_geometric=True,
            images=images,
            units=found.images,
            lines=len(lines),
            images_for_20_percent=found.images_for_20_percent,
        )
    means = [even + value for value in units.values()]
    mean, count = statistics.fmean(means), len(means)
    if count == 1:
        return GroupSummary(mean, None, None, None, False, images, 1, len(lines), None)
    sd = statistics.stdev(means)
    half = t_quantile(count - 1) * sd / math.sqrt(count)
    least, most = BOUNDS.get(metric, (float("-inf"), float("inf")))
    low, high = max(least, mean - half), min(most, mean + half)
    return GroupSummary(mean, low, high, sd, False, images, count, len(lines), None)


def _over_draws(draws: Sequence[Sequence[float]]) -> tuple[float | None, float | None]:
    import numpy as np

    if len(draws) < 2:
        return None, None
    means = [sum(values) / len(values) for values in draws]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _influences(
    data: StudyData, metric: str, conditions: Sequence[Condition]
) -> tuple[dict[str, Trend], dict[str, Effect], OverCovariate | None]:
    """Trends and effects of the excess over an even interface, over images or samples."""
    entries = [
        (condition.factors, value) for condition in conditions for value in condition.units.values()
    ]
    if not entries:
        return {}, {}, None
    factors, values = [one for one, _ in entries], [value for _, value in entries]
    varying = [name for name in data.factors if len({own[name] for own in factors}) > 1]
    trends, over = {}, None
    for name in varying:
        levels = [finite_number(own[name]) for own in factors]
        strata = [tuple(own[other] for other in varying if other != name) for own in factors]
        known = [level for level in levels if level is not None]
        if len(known) < len(levels):
            continue
        found = trend(values, known, strata)
        if found is not None:
            trends[name] = found
        if name == data.axes.covariate:
            best = optimum(values, known, strata) if metric in WORSE_IF_LARGER else None
            over = OverCovariate(partial_rank_correlation(values, known, strata), best)
    shares = effects(values, {name: [own[name] for own in factors] for name in varying})
    return trends, shares, over
