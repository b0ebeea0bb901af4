# SPDX-License-Identifier: BSD-3-Clause
"""The report of a study: one HTML file that needs nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

import interfacefem
from interfacefem.files import write_text_atomically
from interfacefem.report.column_text import label_of, value_text
from interfacefem.report.inline_svg import inline_svg
from interfacefem.report.study_cases import case_entries, column_header, text_of
from interfacefem.report.study_data import Result, StudyData, number, read_study_data
from interfacefem.report.study_figures import distribution_figure, group_text, metric_figure
from interfacefem.report.study_images import Overlay, overlay
from interfacefem.report.study_methods import citations, numbers_used, provenance_rows, warnings
from interfacefem.report.study_statistics import (
    MetricTable,
    metric_table,
    physics_of,
    points_of,
    shown_metrics,
)
from interfacefem.risk_class import worst_class

REPORT = "report.html"
MOST_CASES = 1500  # interfaces whose numbers are in the page; beyond, points lead to files
MOST_ROWS = 6000  # of the table in the page
MOST_IMAGES = 120
_COLUMNS = ("i_ratio", "i_ratio_error", "hot_spot_factor", "area_above_ccd",
            "safe_current_density_mA_cm2", "wagner_number", "stress_ratio", "p_max_GPa",
            "contact_fraction", "Rq_um", "length_ratio")  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """A figure of the page.

    Attributes:
        title: Above it.
        point: Index of the parameter point it belongs to; None for all.
        svg: The drawing.
    """

    title: str
    point: int | None
    svg: Markup


def write_report(folder: Path, out: Path) -> StudyData:
    """Write the report of the study in a folder.

    Args:
        folder: Of the study, finished or not.
        out: The HTML file.

    Raises:
        InputError: The folder holds no study, no result, or the file cannot be written.

    Rank-local.
    """
    data = read_study_data(folder)
    beside = Path(os.path.relpath(folder, out.parent)).as_posix()
    write_text_atomically(out, report_html(data, "" if beside == "." else f"{beside}/"))
    return data


def report_html(data: StudyData, beside: str = "") -> str:
    """The page.

    Args:
        data: The study.
        beside: Prefix of links to the study's files.

    Rank-local.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("interfacefem.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = lambda value: "–" if value is None else f"{value:.4g}"
    environment.filters["percent"] = lambda value: f"{100 * value:.0f} %"
    environment.filters["probability"] = lambda p: "< 0.001" if p < 0.001 else f"{p:.3f}"
    environment.filters["symbol"] = _symbol
    environment.filters["label"] = label_of
    environment.filters["header"] = column_header
    points = _points(data)
    tables = [
        metric_table(data, metric, point)
        for metric in shown_metrics(data)
        for point in points_of(data, physics_of(metric))
    ]
    entries = case_entries(data)
    overlays, left_out = _overlays(data)
    template = environment.get_template("report.html.j2")
    return template.render(
        data=data,
        study=data.study,
        version=interfacefem.__version__,
        beside=beside,
        kinetics=data.study.cell.kinetics.model,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        style=Markup(_source(environment, "report.css")),
        script=Markup(_source(environment, "report.js")),
        points=[_point_text(point) for point in points],
        panels=list(_panels(data, tables, points)),
        tables=[(table, _point_text(table.point), _condition_rows(data, table)) for table in tables],
        findings=_findings(data, tables),
        risk=_risk_rows(data, tables, points),
        warnings=warnings(data),
        overlays=[(entry, Markup(entry.svg)) for entry in overlays],
        images_left_out=left_out,
        rows=_table_rows(data),
        columns=_columns(data),
        facets=_facets(data),
        rows_left_out=max(0, len(data.results) - MOST_ROWS),
        entries=[(entry, Markup(entry.drawing)) for entry in entries[:MOST_CASES]],
        entries_left_out=max(0, len(entries) - MOST_CASES),
        numbers=numbers_used(data),
        citations=citations(data),
        provenance=provenance_rows(data),
        study_text=data.file.path.read_text(encoding="utf-8-sig"),
    )


def _symbol(text: str) -> Markup:
    letter, _, below = text.partition("_")
    return Markup("<i>{}</i><sub>{}</sub>").format(letter, below)


def _source(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _points(data: StudyData) -> list[Mapping[str, Any]]:
    """Parameter points of the page: those that decide any physics."""
    found = {
        tuple(result.row[name] for name in data.parameters): None for result in data.results
    }
    return [dict(zip(data.parameters, values, strict=True)) for values in found]


def _point_text(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{_short(name)} = {value_text(name, value)}" for name, value in point.items())


def _short(name: str) -> str:
    return {"i0_mA_cm2": "i₀", "current_density_mA_cm2": "i_app"}.get(
        name, label_of(name).split(" (")[0]
    )


def _panels(
    data: StudyData, tables: Sequence[MetricTable], points: Sequence[Mapping[str, Any]]
) -> Iterator[Panel]:
    spread: set[tuple[str, str]] = set()
    for number_of, table in enumerate(tables):
        places = [index for index, point in enumerate(points) if table.point.items() <= point.items()]
        place = places[0] if len(places) < len(points) and len(points) > 1 else None
        if place is not None and len(places) > 1:
            place = None
        suffix = f" at {_point_text(table.point)}" if table.point else ""
        title = label_of(table.metric) + suffix
        name = f"figure-{number_of}"
        if _differs(table):
            figure, links = metric_figure(data, table)
            yield Panel(title, place, Markup(inline_svg(figure, name, title, links)))
        physics = table.physics
        if physics is None or (physics, _point_text(table.point)) in spread:
            continue
        spread.add((physics, _point_text(table.point)))
        drawn = distribution_figure(data, table, physics)
        if drawn is not None:
            what = "current" if physics == "current" else "normal stress at the reference depth"
            title = f"distribution of the {what}{suffix}"
            yield Panel(title, place, Markup(inline_svg(drawn[0], f"{name}-spread", title, [])))


def _differs(table: MetricTable) -> bool:
    values = [line.value for condition in table.conditions for line in condition.lines]
    return bool(values) and max(values) - min(values) > 1e-9 * max(map(abs, values))


def _condition_rows(data: StudyData, table: MetricTable) -> list[dict[str, Any]]:
    return [
        {
            "factors": [_level_text(data, name, condition.factors[name]) for name in data.factors],
            "condition": condition,
            "summary": condition.summary,
        }
        for condition in table.conditions
    ]


def _level_text(data: StudyData, name: str, value: Any) -> str:
    return group_text(data, value) if name == data.by else value_text(name, value)


def _findings(data: StudyData, tables: Sequence[MetricTable]) -> list[dict[str, Any]]:
    """Which factor matters for the paper's two ratios, one entry per table and factor."""
    found = []
    for table in tables:
        if table.metric not in ("i_ratio", "stress_ratio", *data.study.risk):
            continue
        for name in data.factors:
            if name in table.trends or name in table.effects:
                found.append(
                    {
                        "metric": label_of(table.metric),
                        "point": _point_text(table.point),
                        "factor": label_of(name),
                        "trend": table.trends.get(name),
                        "effect": table.effects.get(name),
                        "sentence": _sentence(table, name),
                    }
                )
        if "interplay" in table.effects:
            found.append(
                {
                    "metric": label_of(table.metric),
                    "point": _point_text(table.point),
                    "factor": "interplay of the factors",
                    "trend": None,
                    "effect": table.effects["interplay"],
                    "sentence": "",
                }
            )
    return found


def _sentence(table: MetricTable, name: str) -> str:
    trend = table.trends.get(name)
    if trend is None:
        return ""
    if trend.p_falls < 0.05 and trend.concordance < 0:
        return "falls"
    if trend.p_any < 0.05 and trend.concordance > 0:
        return "rises"
    return "no trend shown"


def _risk_rows(
    data: StudyData, tables: Sequence[MetricTable], points: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Worst class of each condition at each parameter point, where thresholds are set."""
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
                    "point": _point_text(point),
                    "factors": [
                        _level_text(data, name, value)
                        for name, value in zip(data.factors, key, strict=True)
                    ],
                    "metrics": [by_metric.get(name) for name in thresholds],
                    "risk": worst_class(means, thresholds),
                    "upper": worst_class(upper, thresholds),
                }
            )
    return rows


def _overlays(data: StudyData) -> tuple[list[Overlay], int]:
    firsts: dict[int, Result] = {}
    for result in data.results:
        firsts.setdefault(result.place, result)
    chosen = list(firsts.values())
    found = [overlay(data, result) for result in chosen[:MOST_IMAGES]]
    return [entry for entry in found if entry is not None], max(0, len(chosen) - MOST_IMAGES)


def _columns(data: StudyData) -> list[str]:
    row = data.results[0].row
    identification = [name for name in row if name in ("image", "line") or name in data.factors
                      or any(name in same for same in data.same.values())
                      or name in data.parameters or name in data.uncertain]  # fmt: skip
    return [*identification, *(name for name in _COLUMNS if name in row), "status"]


def _table_rows(data: StudyData) -> list[dict[str, Any]]:
    columns = _columns(data)
    rows = []
    for index, result in enumerate(data.results[:MOST_ROWS]):
        cells = []
        for name in columns:
            value = result.row.get(name)
            cells.append({"text": text_of(value), "number": number(value)})
        status = result.row["status"]
        href = f"#case-{result.geometry}"
        rows.append({"cells": cells, "href": href, "status": status, "number": index})
    return rows


def _facets(data: StudyData) -> list[dict[str, Any]]:
    """Columns with few values, that a reader filters by."""
    columns = _columns(data)
    names = [*data.factors, *data.parameters, "status"]
    found = []
    for name in names:
        texts = list(dict.fromkeys(text_of(value) for value in data.levels(name)))
        if name in columns and 1 < len(texts) <= 40:
            found.append({"name": column_header(name), "column": columns.index(name),
                          "values": texts})  # fmt: skip
    return found


def summary_json(data: StudyData) -> str:
    """Means, intervals and trends as JSON; rank-local."""
    tables = [
        metric_table(data, metric, point)
        for metric in shown_metrics(data)
        for point in points_of(data, physics_of(metric))
    ]
    return json.dumps([_table_record(table) for table in tables], indent=2, ensure_ascii=False)


def _table_record(table: MetricTable) -> dict[str, Any]:
    return {
        "metric": table.metric,
        "point": dict(table.point),
        "conditions": [
            {
                **condition.factors,
                **({} if condition.summary is None else vars(condition.summary)),
                "risk": condition.risk,
            }
            for condition in table.conditions
        ],
        "trends": {name: vars(entry) for name, entry in table.trends.items()},
        "effects": {name: vars(entry) for name, entry in table.effects.items()},
    }
