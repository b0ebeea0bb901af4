# SPDX-License-Identifier: BSD-3-Clause
"""Rows of the tables of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from interfacefem.assessment.classes import worst_class
from interfacefem.report.column_text import excess_label, label_of, unit_of, value_text
from interfacefem.report.study_cases import column_header, text_of
from interfacefem.report.study_data import StudyData
from interfacefem.report.study_figures import group_text
from interfacefem.report.study_points import point_text
from interfacefem.report.study_statistics import VOLUME, MetricTable
from interfacefem.study.axes import SAMPLE
from interfacefem.study.file import WORSE_IF_LARGER
from interfacefem.tables import finite_number

_TOLD = ("i_ratio", "stress_ratio", "interface_area_specific_resistance_ohm_cm2")
_TOLD_OF_COVARIATES = ("Rq_um", *(f"tortuosity_factor_axis{axis}" for axis in range(3)))
_CURVED = 0.05  # p of the curvature below which there is an optimum
MOST_ROWS = 6000  # of the table in the page
_COLUMNS = ("i_ratio", "i_ratio_error", "hot_spot_factor", "area_above_ccd",
            "safe_current_density_mA_cm2", "wagner_number", "stress_ratio", "p_max_GPa",
            "contact_fraction", "interface_area_specific_resistance_ohm_cm2", "asr_error_ohm_cm2",
            "asr_constriction_ohm_cm2", "asr_charge_transfer_ohm_cm2", "interface_contact_fraction",
            "interface_hot_spot_factor", "hot_spot_mean_factor", "hidden_share",
            "Rq_um", "length_ratio", *VOLUME)  # fmt: skip


def condition_rows(data: StudyData, table: MetricTable) -> list[dict[str, Any]]:
    """Conditions of a metric, factors in words."""
    return [
        {
            "factors": [level_text(data, name, condition.factors[name]) for name in data.factors],
            "condition": condition,
            "summary": condition.summary,
        }
        for condition in table.conditions
    ]


def level_text(data: StudyData, name: str, value: Any) -> str:
    """A level of a factor in words."""
    if name == data.by:
        return group_text(data, value)
    text = value_text(name, value)
    if name != data.axes.covariate or data.covariates is None:
        return text
    behind = [str(level) for level, row in data.covariates.rows.items() if row[name] == value]
    return f"{text} ({', '.join(behind)})"


def findings(data: StudyData, tables: Sequence[MetricTable]) -> list[dict[str, Any]]:
    """Which factor matters, for the paper's two ratios and what has thresholds."""
    found = []
    for table in tables:
        told = _TOLD if data.axes.covariate is None else (*_TOLD, *_TOLD_OF_COVARIATES)
        if table.metric not in (*told, *data.study.risk):
            continue
        for name in data.factors:
            if name in table.trends or name in table.effects:
                found.append(
                    {
                        "metric": excess_label(table.metric),
                        "point": point_text(table.point),
                        "factor": label_of(name),
                        "trend": table.trends.get(name),
                        "effect": table.effects.get(name),
                        "sentence": _sentence(table, name),
                        **_over_covariate(data, table, name),
                    }
                )
        if "interplay" in table.effects:
            found.append(
                {
                    "metric": excess_label(table.metric),
                    "point": point_text(table.point),
                    "factor": "interplay of the factors",
                    "trend": None,
                    "effect": table.effects["interplay"],
                    "sentence": "",
                    **_over_covariate(data, table, None),
                }
            )
    return found


def _over_covariate(data: StudyData, table: MetricTable, name: str | None) -> dict[str, Any]:
    """Rank correlation and the best levels, where the factor is the covariate on the axis."""
    over = table.over_covariate
    if over is None or name is None or name != data.axes.covariate:
        return {"rank_correlation": None, "best": ""}
    best = over.optimum
    if best is None:
        text = "these levels do not tell" if table.metric in WORSE_IF_LARGER else "–"
    elif len(best.window) == best.levels:
        text = "all"
    else:
        text = f"{', '.join(f'{level:.3g}' for level in best.window)} {unit_of(name)}"
    if best is not None and best.vertex is not None and best.p_value < _CURVED:
        text += f"; optimum at {value_text(name, float(f'{best.vertex:.2g}'))}"
    if best is not None:
        text += f" (curvature p = {best.p_value:.2g})"
    return {"rank_correlation": over.rank_correlation, "best": text}


def _sentence(table: MetricTable, name: str) -> str:
    trend = table.trends.get(name)
    if trend is None:
        return ""
    if trend.p_falls is None or trend.p_any is None:
        return "one image of each condition tells no trend"
    if trend.p_falls < 0.05 and trend.concordance < 0:
        return "falls"
    if trend.p_any < 0.05 and trend.concordance > 0:
        return "rises"
    return "no trend shown"


def risk_rows(
    data: StudyData, tables: Sequence[MetricTable], points: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Worst class of each condition at each point; empty without thresholds."""
    thresholds = data.study.risk
    if not thresholds:
        return []
    rows = []
    for point in points:
        chosen = [
            table
            for table in tables
            if table.metric in thresholds and table.point.items() <= point.items()
        ]
        conditions: dict[tuple[Any, ...], dict[str, Any]] = {}
        for table in chosen:
            for condition in table.conditions:
                key = tuple(condition.factors.values())
                conditions.setdefault(key, {})[table.metric] = condition
        for key, by_metric in conditions.items():
            means = {name: entry.summary.mean for name, entry in by_metric.items() if entry.summary}
            upper = {
                name: entry.summary.high if entry.summary.high is not None else entry.summary.mean
                for name, entry in by_metric.items()
                if entry.summary
            }
            rows.append(
                {
                    "point": point_text(point),
                    "factors": [
                        level_text(data, name, value)
                        for name, value in zip(data.factors, key, strict=True)
                    ],
                    "metrics": [by_metric.get(name) for name in thresholds],
                    "risk": worst_class(means, thresholds),
                    "upper": worst_class(upper, thresholds),
                }
            )
    return rows


def table_columns(data: StudyData) -> list[str]:
    """Columns of the table in the page: what tells rows apart, and the main numbers."""
    row = data.results[0].row
    known = () if data.covariates is None else data.covariates.columns
    identification = [name for name in row if name in ("image", "line", SAMPLE)
                      or name in data.factors
                      or name in known
                      or any(name in same for same in data.same.values())
                      or name in data.parameters or name in data.uncertain]  # fmt: skip
    return [*identification, *(name for name in _COLUMNS if name in row), "status"]


def table_rows(data: StudyData) -> list[dict[str, Any]]:
    """Rows of the table in the page."""
    columns = table_columns(data)
    rows = []
    for index, result in enumerate(data.results[:MOST_ROWS]):
        cells = []
        for name in columns:
            value = result.row.get(name)
            cells.append({"text": text_of(value), "number": finite_number(value)})
        status = result.row["status"]
        href = data.case_link(result)
        rows.append({"cells": cells, "href": href, "status": status, "number": index})
    return rows


def table_filters(data: StudyData) -> list[dict[str, Any]]:
    """Columns with few values, that a reader filters by."""
    columns = table_columns(data)
    names = [*data.factors, *data.parameters, "status"]
    found = []
    for name in names:
        texts = list(dict.fromkeys(text_of(value) for value in data.levels(name)))
        if name in columns and 1 < len(texts) <= 40:
            found.append({"name": column_header(name), "column": columns.index(name),
                          "values": texts})  # fmt: skip
    return found
