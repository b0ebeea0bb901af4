# SPDX-License-Identifier: BSD-3-Clause
"""Roughness, porosity, current and stress ratio, tortuosity over one covariate, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from interfacefem.report.column_text import label_of
from interfacefem.report.inline_svg import WEB_STYLE
from interfacefem.report.level_axis import LevelAxis
from interfacefem.report.study_data import StudyData
from interfacefem.report.study_figures import draw_metric
from interfacefem.report.study_points import Point
from interfacefem.report.study_statistics import MetricTable
from interfacefem.report.style import BLACK, new_figure, panel_letter
from interfacefem.tables import finite_number

_METRICS = (
    "Rq_um", "i_ratio", "stress_ratio", "interface_area_specific_resistance_ohm_cm2",
    "tortuosity_factor_axis0", "tortuosity_factor_axis1", "tortuosity_factor_axis2",
)  # fmt: skip
_POROSITY = "porosity"
_COLUMNS, _WIDTH, _HEIGHT = 2, 78.0, 62.0  # of a panel in mm; three are too small on a phone


def covariate_figure(data: StudyData, tables: Sequence[MetricTable], point: Point) -> Figure | None:
    """Panels over the covariate on the axis, a colour for each level of the other factor.

    A porosity that is itself a covariate is one of the powder, whatever the other factor: black.

    Args:
        data: With a covariate on the axis.
        tables: Of all metrics.
        point: Of the parameters that is shown.

    Returns:
        None where nothing is to be shown.

    Rank-local: call on one rank.
    """
    chosen = [
        table
        for metric in _METRICS
        for table in tables
        if table.metric == metric and table.point.items() <= point.items()
    ]
    covariates = data.covariates
    assert covariates is not None
    porosities = [
        name
        for name in covariates.numeric
        if name.startswith(_POROSITY) and name != data.axes.covariate
    ]
    count = len(chosen) + len(porosities)
    if count == 0:
        return None
    with matplotlib.rc_context(WEB_STYLE):
        columns = min(_COLUMNS, count)
        rows = -(-count // columns)
        figure = new_figure(_WIDTH * columns, _HEIGHT * rows + 8)
        panels = figure.subplots(rows, columns, squeeze=False)
        axis = LevelAxis(data)
        for axes, table in zip(panels.flat, chosen, strict=False):
            draw_metric(axes, data, table, axis)
        for axes, name in zip(panels.flat[len(chosen) :], porosities, strict=False):
            _draw_porosity(axes, data, axis, name)
        for axes in panels.flat[count:]:
            axes.set_visible(False)
        for axes, letter in zip(panels.flat[:count], "abcdefghijklmn", strict=False):
            panel_letter(axes, letter)
        handles, labels = panels.flat[0].get_legend_handles_labels()
        if data.by is not None and chosen:
            figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 5))
    return figure


def _draw_porosity(axes: Any, data: StudyData, axis: LevelAxis, name: str) -> None:
    covariates = data.covariates
    assert covariates is not None
    known = sorted(
        (axis.at(level), value)
        for row in covariates.rows.values()
        if (value := finite_number(row[name])) is not None
        and (level := row[str(data.axes.covariate)]) is not None
    )
    axes.plot(*zip(*known, strict=True), "o-", color=BLACK, lw=1.0, ms=5.5, mec="white", mew=0.5)
    axis.dress(axes)
    axes.set_ylabel(label_of(name))
