# SPDX-License-Identifier: BSD-3-Clause
"""A metric against a factor with its intervals, and how current and stress are spread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from interfacefem.report.column_text import EVEN, label_of, value_text
from interfacefem.report.inline_svg import WEB_STYLE, LinkedPoint
from interfacefem.report.level_axis import LevelAxis
from interfacefem.report.page_axes import decade_parts, minor_ticks, page_subplots
from interfacefem.report.study_data import StudyData
from interfacefem.report.study_statistics import (
    Condition,
    GroupSummary,
    LineValue,
    MetricTable,
    over_decades,
)
from interfacefem.report.style import GREY, line_colour, new_figure
from interfacefem.study.pooled_quantiles import SHARES

Array = npt.NDArray[np.floating]

_WIDTH, _HEIGHT = 112.0, 82.0  # mm
_MARKERS = "osD^vP*X"
_SMALLEST_SHARE = 1e-3
_CLOSE_TO_ONE = 0.02
_BEYOND = 10.0  # of the largest and smallest line, how far an interval is drawn


def metric_figure(data: StudyData, table: MetricTable) -> tuple[Figure, list[LinkedPoint]]:
    """A metric against the factor along the axis, a colour for each level of the other factor.

    As Tran et al. (2025), Figs 4g and 4j, with every line and with the 95 % interval over images.
    Where lines differ by decades the axis is logarithmic in the excess over an even interface.

    Rank-local: call on one rank.
    """
    with matplotlib.rc_context(WEB_STYLE):
        figure = new_figure(_WIDTH, _HEIGHT)
        axes = page_subplots(figure)[0, 0]
        points = draw_metric(axes, data, table, LevelAxis(data))
        groups = data.levels(data.by)
        if data.by is not None:
            figure.legend(loc="outside upper center", ncols=min(len(groups), 5))
    return figure, points


def draw_metric(
    axes: Any, data: StudyData, table: MetricTable, axis: LevelAxis
) -> list[LinkedPoint]:
    """Means with their intervals along the axis, and a point to link for each line."""
    points: list[LinkedPoint] = []
    groups = data.levels(data.by)
    seen: list[float] = []
    cut: list[tuple[float, float, float, str]] = []
    for index, group in enumerate(groups):
        colour, marker = line_colour(index), _MARKERS[index % len(_MARKERS)]
        own = [
            condition
            for condition in table.conditions
            if (data.by is None or condition.factors[data.by] == group)
            and condition.summary is not None
        ]
        own.sort(key=lambda condition: axis.place(condition))
        places = [axis.place(condition, index, len(groups)) for condition in own]
        means = [_shown(condition).mean for condition in own]
        axes.plot(places, means, color=colour, lw=1.0, marker=marker, ms=5.5, mec="white",
                  mew=0.5, zorder=4, label=group_text(data, group))  # fmt: skip
        for place, condition in zip(places, own, strict=True):
            summary = _shown(condition)
            across = axis.ends(condition)
            if across is not None:
                axes.plot(across, [summary.mean] * 2, color=colour, lw=0.9, alpha=0.5,
                          marker="|", ms=4, zorder=2)  # fmt: skip
            if summary.low is not None and summary.high is not None:
                axes.plot([place] * 2, [summary.low, summary.high], color=colour, lw=1.3,
                          marker="_", ms=6, zorder=3)  # fmt: skip
                seen += [summary.low, summary.high]
                cut.append((place, summary.low, summary.high, colour))
            if condition.parameter_low is not None and condition.parameter_high is not None:
                ends = [condition.parameter_low, condition.parameter_high]
                axes.plot([place] * 2, ends, color=colour, lw=5.0, alpha=0.25, zorder=2,
                          solid_capstyle="butt")  # fmt: skip
                seen += ends
            for turn, line in enumerate(condition.lines):
                seen.append(line.value)
                # beside the symbol and side by side, so that each can be met
                shift = axis.aside(turn, len(condition.lines), len(groups))
                points.append(_point(data, axes, place + shift, line, colour))
    axis.dress(axes)
    axes.set_ylabel(label_of(table.metric))
    if over_decades(table):
        _set_decades(axes, table, seen)
    else:
        _set_range(axes, table, seen)
    _mark_cut(axes, cut)
    for threshold in data.study.risk.get(table.metric, ()):
        if axes.get_ylim()[0] < threshold < axes.get_ylim()[1]:
            axes.axhline(threshold, color=GREY, lw=0.7, ls="--", zorder=1)
    return points


def distribution_figure(
    data: StudyData, table: MetricTable, physics: str
) -> tuple[Figure, list[LinkedPoint]] | None:
    """Share of the interface above a multiple of the mean, lines of a condition pooled.

    As Tran et al. (2025), Fig. 4e. None where no case holds its distribution.

    Rank-local: call on one rank.
    """
    pooled = {
        index: quantiles
        for index, condition in enumerate(table.conditions)
        if (quantiles := _pooled(data, condition, physics)) is not None
    }
    if not pooled:
        return None
    with matplotlib.rc_context(WEB_STYLE):
        groups = data.levels(data.by)
        rows = (len(groups) + 1) // 2
        columns = min(len(groups), 2)
        figure = new_figure(_WIDTH, 20.0 + 46.0 * rows if columns > 1 else _HEIGHT)
        panels = page_subplots(figure, rows, columns)
        levels = data.levels(data.against)
        colours = matplotlib.colormaps["viridis"](np.linspace(0.0, 0.85, len(levels)))
        for place, (axes, group) in enumerate(zip(panels.flat, groups, strict=False)):
            for index, quantiles in pooled.items():
                factors = table.conditions[index].factors
                if data.by is not None and factors[data.by] != group:
                    continue
                level = 0 if data.against is None else levels.index(factors[data.against])
                label = None if data.against is None else value_text(data.against, levels[level])
                axes.plot(quantiles, 100 * (1 - SHARES), color=colours[level], lw=1.2,
                          ls=("-", "--", "-.", ":")[level % 4], label=label)  # fmt: skip
            axes.axvline(1.0, color=GREY, lw=0.6, ls=":")
            axes.set_yscale("log")
            axes.set_ylim(100 * _SMALLEST_SHARE, 100)
            minor_ticks(axes, "y", decade_parts(100 * _SMALLEST_SHARE, 100))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g}"))
            if data.by is not None:
                axes.set_title(group_text(data, group))
            if place % columns == 0:
                axes.set_ylabel("interface above (%)")
        for axes in panels.flat[len(groups) :]:
            axes.set_visible(False)
        name = "i / i_app" if physics == "current" else "normal stress / mean pressure"
        figure.supxlabel(name, fontsize=axes.yaxis.label.get_size())
        for axes in panels.flat[max(0, len(groups) - columns) : len(groups)]:
            axes.tick_params(labelbottom=True)
        handles, labels = panels.flat[0].get_legend_handles_labels()
        if labels:
            figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4))
    return figure, []


def group_text(data: StudyData, group: Any) -> str:
    """Name of a level of the factor told apart by colour."""
    if data.by is None:
        return ""
    texts = [value_text(data.by, group)]
    for name in data.same.get(data.by, ()):
        own = {result.row[name] for result in data.results if result.row[data.by] == group}
        texts += [str(value) for value in own if str(value).replace(" ", "") != texts[0].replace(
            " ", "")]  # fmt: skip
    return ", ".join(texts)


def _shown(condition: Condition) -> GroupSummary:
    assert condition.summary is not None
    return condition.summary


def _point(data: StudyData, axes: Any, place: float, line: LineValue, colour: str) -> LinkedPoint:
    row = line.result.row
    title = f"{row['image']}, line {row['line']}: {line.value:.4g}"
    return LinkedPoint(axes, place, line.value, data.case_link(line.result), title, colour)


def _set_range(axes: Any, table: MetricTable, seen: Sequence[float]) -> None:
    if not seen:
        return
    low, high = min(seen), max(seen)
    means = [
        condition.summary.mean for condition in table.conditions if condition.summary is not None
    ]
    # an interval of two images must not press all else together
    low = max(low, min(means) - 3 * (max(means) - min(means)) - abs(min(means)))
    values = [line.value for condition in table.conditions for line in condition.lines]
    high = min(high, 1.6 * max(values) - 0.6 * min(low, *values))
    margin = 0.05 * (high - low) or _CLOSE_TO_ONE
    axes.set_ylim(low - margin, high + margin)


def _set_decades(axes: Any, table: MetricTable, seen: Sequence[float]) -> None:
    even = EVEN.get(table.metric, 0.0)
    excess = np.array(
        [line.value - even for condition in table.conditions for line in condition.lines]
    )
    low, high = np.array([min(seen), max(seen)]) - even
    # an interval of few images must not press all else together
    low, high = max(low, excess.min() / _BEYOND), min(high, excess.max() * _BEYOND)
    smallest = excess.min() / 1e6
    axes.set_yscale(
        "function",
        functions=(
            lambda value: np.log10(np.maximum(np.asarray(value) - even, smallest)),
            lambda place: even + 10.0 ** np.asarray(place),
        ),
    )
    axes.set_ylim(even + low / 1.3, even + high * 1.3)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    axes.yaxis.set_major_locator(FixedLocator([even + 10.0**power for power in powers]))
    minor_ticks(axes, "y", [even + part for part in decade_parts(low, high)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))


def _mark_cut(axes: Any, intervals: Sequence[tuple[float, float, float, str]]) -> None:
    """An arrow where an interval goes on beyond the figure."""
    bottom, top = axes.get_ylim()
    for place, low, high, colour in intervals:
        if high > top:
            axes.plot(place, top, "^", color=colour, ms=6, mew=0, clip_on=False, zorder=5)
        if low < bottom:
            axes.plot(place, bottom, "v", color=colour, ms=6, mew=0, clip_on=False, zorder=5)
    axes.set_ylim(bottom, top)


def _pooled(data: StudyData, condition: Condition, physics: str) -> Array | None:
    """Quantiles of all lines of a condition together, each line weighing the same."""
    found: list[Mapping[str, Any]] = [
        data.cases[key]
        for line in condition.lines
        if (key := line.result.cases.get(physics, "")) in data.cases
    ]
    quantiles = [
        np.array(case["distribution"]) for case in found if case.get("distribution") is not None
    ]
    if not quantiles:
        return None
    grid = np.unique(np.concatenate(quantiles))
    # between its quantiles a line's distribution is taken as linear
    below = np.mean([_share_below(grid, own) for own in quantiles], axis=0)
    return np.interp(SHARES, below, grid)


def _share_below(grid: Array, quantiles: Array) -> Array:
    distinct, first = np.unique(quantiles, return_index=True)
    return np.interp(grid, distinct, SHARES[first], left=0.0, right=1.0)
