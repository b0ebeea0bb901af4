# SPDX-License-Identifier: BSD-3-Clause
"""Every figure of a report, with the parameter point it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from interfacefem.report.column_text import label_of
from interfacefem.report.covariate_figure import covariate_figure
from interfacefem.report.inline_svg import inline_svg
from interfacefem.report.parameter_figure import parameter_figure
from interfacefem.report.study_data import StudyData
from interfacefem.report.study_figures import distribution_figure, metric_figure
from interfacefem.report.study_points import point_text
from interfacefem.report.study_statistics import (
    MetricTable,
    every_point_of,
    physics_of,
    points_of,
)


@dataclass(frozen=True)
class Panel:
    """A figure of the page.

    Attributes:
        title: Above it.
        point: Index of the parameter point it belongs to; None for all.
        svg: The drawing.
        wide: Whether it has several panels and takes the width of the page.
    """

    title: str
    point: int | None
    svg: Markup
    wide: bool = False


def page_panels(data: StudyData, tables: Sequence[MetricTable]) -> Iterator[Panel]:
    """Every figure, one metric after the other.

    Args:
        data: The study.
        tables: Statistics of each metric at each shown point that it depends on.
    """
    points = data.points
    covariate = data.axes.covariate
    for place, point in enumerate(points if covariate is not None else ()):
        drawn_together = covariate_figure(data, tables, point)
        if covariate is not None and drawn_together is not None:
            title = f"over the {label_of(covariate)}" + (
                f" at {point_text(point)}" if point else ""
            )
            svg = inline_svg(drawn_together, f"covariate-{place}", title, [])
            yield Panel(title, place if len(points) > 1 else None, Markup(svg), wide=True)
    for turn, metric in enumerate(dict.fromkeys(table.metric for table in tables)):
        if len(every_point_of(data, physics_of(metric))) > len(points_of(data, physics_of(metric))):
            title = f"{label_of(metric)} at every point of the parameters"
            svg = inline_svg(parameter_figure(data, metric), f"points-{turn}", title, [])
            yield Panel(title, None, Markup(svg))
    spread: set[tuple[str, str]] = set()
    for turn, table in enumerate(tables):
        places = [
            place for place, point in enumerate(points) if table.point.items() <= point.items()
        ]
        # a figure of some points, but not of one alone, is shown with all
        shown = places[0] if len(places) == 1 < len(points) else None
        suffix = f" at {point_text(table.point)}" if table.point else ""
        title = label_of(table.metric) + suffix
        name = f"figure-{turn}"
        if _differs(table):
            figure, links = metric_figure(data, table)
            yield Panel(title, shown, Markup(inline_svg(figure, name, title, links)))
        physics = table.physics
        if physics is None or (physics, point_text(table.point)) in spread:
            continue
        spread.add((physics, point_text(table.point)))
        drawn = distribution_figure(data, table, physics)
        if drawn is not None:
            what = "current" if physics == "current" else "normal stress at the reference depth"
            title = f"distribution of the {what}{suffix}"
            yield Panel(title, shown, Markup(inline_svg(drawn[0], f"{name}-spread", title, [])))


def _differs(table: MetricTable) -> bool:
    values = [line.value for condition in table.conditions for line in condition.lines]
    return bool(values) and max(values) - min(values) > 1e-9 * max(map(abs, values))
