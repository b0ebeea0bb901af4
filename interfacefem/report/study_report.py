# SPDX-License-Identifier: BSD-3-Clause
"""The report of a study: one HTML file that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from markupsafe import Markup

from interfacefem.files import write_text_atomically
from interfacefem.progress import Step
from interfacefem.report.column_text import label_of
from interfacefem.report.study_budgets import budget_table
from interfacefem.report.study_cases import case_entries, column_header
from interfacefem.report.study_comparisons import compared_conditions
from interfacefem.report.study_data import Result, StudyData, read_study_data
from interfacefem.report.study_images import Overlay, overlay
from interfacefem.report.study_methods import (
    citations,
    lengths_text,
    numbers_used,
    provenance_rows,
    warnings,
)
from interfacefem.report.study_panels import page_panels
from interfacefem.report.study_points import Point, point_text
from interfacefem.report.study_statistics import (
    MetricTable,
    metric_table,
    over_decades,
    physics_of,
    points_of,
    shown_metrics,
)
from interfacefem.report.study_tables import (
    MOST_ROWS,
    condition_rows,
    findings,
    risk_rows,
    table_columns,
    table_filters,
    table_rows,
)
from interfacefem.report.style import page_figures
from interfacefem.statistics.trend import Trend
from interfacefem.study.crate import write_crate
from interfacefem.study.file import ReportSection
from interfacefem.study.table import REPORT
from interfacefem.version import __version__

MOST_IMAGES = 120  # in the page
STEPS = 4


def _silent(text: str) -> None:
    pass


def write_report(
    folder: Path, out: Path, step: Step = _silent, axes: ReportSection | None = None
) -> StudyData:
    """Write the report of the study in a folder.

    Args:
        folder: Of the study, finished or not.
        out: The HTML file.
        step: Called as each of the ``STEPS`` begins.
        axes: In place of what the study file says of the axes.

    Raises:
        InputError: The folder holds no study, no result, or the file cannot be written.
    """
    step("results")
    beside = Path(os.path.relpath(folder, out.parent)).as_posix()
    data = read_study_data(folder, "" if beside == "." else f"{beside}/", axes)
    figures = "figures" if axes is None else f"figures_{data.against}"
    with page_figures(out.parent / figures):
        write_text_atomically(out, report_html(data, step))
    if out.absolute() == (folder / REPORT).absolute():
        write_crate(folder)  # which names the files of the folder
    return data


def report_html(data: StudyData, step: Step = _silent) -> str:
    """The page; ``step`` is called as each of the ``STEPS`` begins."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("interfacefem.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = lambda value: "–" if value is None else f"{value:.4g}"
    environment.filters["percent"] = lambda value: f"{100 * value:.0f} %"
    environment.filters["probability"] = _probability_text
    environment.filters["symbol"] = _symbol
    environment.filters["change"] = _change_text
    environment.filters["label"] = label_of
    environment.filters["header"] = column_header
    step(f"statistics of {len(data.results)} rows")
    points = data.points
    tables = [
        metric_table(data, metric, point)
        for metric in shown_metrics(data)
        for point in points_of(data, physics_of(metric))
    ]
    entries, cases_left_out = case_entries(data)
    step("images with their profiles")
    overlays, left_out = _overlays(data)
    step("figures")
    template = environment.get_template("report.html.j2")
    return template.render(
        data=data,
        study=data.study,
        version=__version__,
        beside=data.beside,
        kinetics=data.study.cell.kinetics.model,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        style=Markup(_source(environment, "report.css")),
        script=Markup(_source(environment, "report.js")),
        points=[point_text(point) for point in points],
        points_left_out=len(data.every_point) - len(points),
        panels=list(page_panels(data, tables)),
        tables=[
            (
                table,
                point_text(table.point),
                condition_rows(data, table),
                over_decades(table),
                _is_shown_open(table, points),
            )
            for table in tables
        ],
        logarithmic=any(map(over_decades, tables)),
        findings=findings(data, tables),
        compared=compared_conditions(
            data, [table for table in tables if _is_shown_open(table, points)]
        ),
        budget=budget_table(data),
        unit="sample" if data.has_samples else "image",
        lengths=lengths_text(data),
        risk=risk_rows(data, tables, points),
        warnings=warnings(data),
        overlays=[(entry, Markup(entry.svg)) for entry in overlays],
        images_left_out=left_out,
        rows=table_rows(data),
        columns=table_columns(data),
        facets=table_filters(data),
        rows_left_out=max(0, len(data.results) - MOST_ROWS),
        entries=[(entry, Markup(entry.drawing)) for entry in entries],
        entries_left_out=cases_left_out,
        numbers=numbers_used(data),
        citations=citations(data),
        provenance=provenance_rows(data),
        study_text=data.file.path.read_text(encoding="utf-8-sig"),
    )


def _is_shown_open(table: MetricTable, points: Sequence[Point]) -> bool:
    """The paper's two ratios, at the point whose figures are shown first."""
    middle = points[len(points) // 2]
    return table.metric in ("i_ratio", "stress_ratio") and table.point.items() <= middle.items()


def _change_text(trend: Trend) -> str:
    """In percent, or as a factor where percents would all be close to −100."""
    if trend.change is None:
        return "–"
    ends = [end for end in (trend.change_low, trend.change_high) if end is not None]
    if -0.95 < trend.change < 10:
        texts = [f"{100 * value:+.1f}".replace("-", "−") for value in (trend.change, *ends)]
        head, unit = "", " %"
    else:
        texts = [f"{1 + value:.2g}" for value in (trend.change, *ends)]
        head, unit = "× ", ""
    interval = f" ({' to '.join(texts[1:])})" if ends else ""
    return f"{head}{texts[0]}{unit}{interval}"


def _probability_text(probability: float | None) -> str:
    """None where too few images stand behind a trend for a probability."""
    if probability is None:
        return "–"
    return "< 0.001" if probability < 0.001 else f"{probability:.3f}"


def _symbol(text: str) -> Markup:
    letter, _, below = text.partition("_")
    return Markup("<i>{}</i><sub>{}</sub>").format(letter, below)


def _source(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _overlays(data: StudyData) -> tuple[list[Overlay], int]:
    firsts: dict[int, Result] = {}
    for result in data.results:
        firsts.setdefault(result.place, result)
    chosen = list(firsts.values())
    shown = chosen[:MOST_IMAGES]
    found = [overlay(data, result, len(shown)) for result in shown]
    return [entry for entry in found if entry is not None], max(0, len(chosen) - MOST_IMAGES)
