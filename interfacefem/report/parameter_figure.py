# SPDX-License-Identifier: BSD-3-Clause
"""A metric over all parameter points of a study, where they are too many for a figure each."""

from __future__ import annotations

import statistics
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from interfacefem.report.column_text import EVEN, excess_label, label_of, value_text
from interfacefem.report.inline_svg import WEB_STYLE
from interfacefem.report.page_axes import decade_parts, minor_ticks, page_subplots
from interfacefem.report.study_data import StudyData
from interfacefem.report.study_figures import group_text
from interfacefem.report.study_points import ordered_levels
from interfacefem.report.study_statistics import DECADES, physics_of
from interfacefem.report.style import new_figure
from interfacefem.tables import finite_number

_WIDTH, _HEIGHT = 112.0, 82.0  # mm
_MOST_PANELS = 6
_MOST_NAMES = 6  # in the legend
_Curves = dict[tuple[Any, ...], dict[Any, list[float]]]


def parameter_figure(data: StudyData, metric: str) -> Figure:
    """Mean over the lines against the parameter of most values, a colour for each of the next.

    A panel for each level of the factor told apart by colour elsewhere; where more than two
    parameters vary, a curve for each combination of the others. On a logarithmic axis the excess
    over an even interface is shown.
    """
    names = sorted(data.parameters_of(physics_of(metric)), key=lambda name: -len(data.levels(name)))
    along, others = names[0], names[1:]
    groups = data.levels(data.by)[:_MOST_PANELS]
    curves = {group: _curves(data, metric, group, along, others) for group in groups}
    values = [
        statistics.fmean(found) - EVEN.get(metric, 0.0)
        for own in curves.values()
        for curve in own.values()
        for found in curve.values()
    ]
    over_decades = bool(values) and min(values) > 0 and max(values) > DECADES * min(values)
    even = EVEN.get(metric, 0.0) if over_decades else 0.0
    places = _Places(data.levels(along))
    hues = data.levels(others[0]) if others else [None]
    colours = matplotlib.colormaps["viridis"](np.linspace(0.0, 0.9, len(hues)))
    with matplotlib.rc_context(WEB_STYLE):
        columns = min(len(groups), 2)
        rows = (len(groups) + 1) // 2
        figure = new_figure(_WIDTH, 20.0 + 46.0 * rows if columns > 1 else _HEIGHT)
        panels = page_subplots(figure, rows, columns)
        for axes, group in zip(panels.flat, groups, strict=False):
            for other, curve in curves[group].items():
                x = [level for level in places.levels if level in curve]
                axes.plot(
                    [places.of(level) for level in x],
                    [statistics.fmean(curve[level]) - even for level in x],
                    color=colours[hues.index(other[0])] if other else colours[0],
                    lw=1.1, marker="o", ms=2.0,
                )  # fmt: skip
            if data.by is not None:
                axes.set_title(group_text(data, group))
        for axes in panels.flat[len(groups) :]:
            axes.set_visible(False)
        first = panels.flat[0]
        places.dress(first)
        if over_decades:
            first.set_yscale("log")
        for axes in panels.flat[: len(groups)]:
            for which, scale in (("x", axes.get_xscale()), ("y", axes.get_yscale())):
                if scale == "log":
                    axis = axes.xaxis if which == "x" else axes.yaxis
                    minor_ticks(axes, which, decade_parts(*axis.get_view_interval()))
        label_size = first.yaxis.label.get_size()
        figure.supxlabel(label_of(along), fontsize=label_size)
        figure.supylabel((excess_label if over_decades else label_of)(metric), fontsize=label_size)
        if others:
            named = np.unique(np.linspace(0, len(hues) - 1, _MOST_NAMES).round().astype(int))
            handles = [first.plot([], [], color=colours[place], lw=1.5)[0] for place in named]
            texts = [value_text(others[0], hues[place]) for place in named]
            figure.legend(handles, texts, loc="outside upper center", ncols=3,
                          title=label_of(others[0]).split(" (")[0])  # fmt: skip
    return figure


def _curves(data: StudyData, metric: str, group: Any, along: str, others: list[str]) -> _Curves:
    found: _Curves = {}
    for result in data.results:
        value = finite_number(result.row.get(metric))
        if value is not None and (data.by is None or result.row[data.by] == group):
            curve = found.setdefault(tuple(result.row[name] for name in others), {})
            curve.setdefault(result.row[along], []).append(value)
    return found


class _Places:
    """Places along the axis: numbers as they are, others one after the other."""

    def __init__(self, levels: list[Any]) -> None:
        self.levels = ordered_levels(levels)
        self.numeric = all(finite_number(level) is not None for level in levels)

    def of(self, level: Any) -> float:
        return float(level) if self.numeric else float(self.levels.index(level))

    def dress(self, axes: Any) -> None:
        if not self.numeric:
            axes.set_xticks(range(len(self.levels)), [str(level) for level in self.levels])
        elif self.levels[0] > 0 and self.levels[-1] >= 10 * self.levels[0]:
            axes.set_xscale("log")
