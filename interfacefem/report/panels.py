# SPDX-License-Identifier: BSD-3-Clause
"""The main panel of each figure, drawn in axes that a user gives, in the user's style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.contact.stress_below import normal_stress
from interfacefem.report.current_figures import draw_current
from interfacefem.report.map_figure import draw_current_map
from interfacefem.report.overlay_figure import draw_overlay
from interfacefem.report.pressure_map_figure import draw_pressure_map
from interfacefem.report.style import (
    BLACK,
    BLUE,
    SINGLE_COLUMN,
    VERMILLION,
    line_colour,
    new_figure,
    styled,
)
from interfacefem.units import MPA, UM

if TYPE_CHECKING:
    from interfacefem.contact.metrics import StressMetrics
    from interfacefem.contact.problem import ContactSolution

__all__ = [
    "draw_current",
    "draw_current_map",
    "draw_groups",
    "draw_overlay",
    "draw_pressure",
    "draw_pressure_map",
    "draw_ratios",
    "draw_stress_ratios",
    "ratios_figure",
]


_SPREAD = 0.12  # of the dots of a column, to either side


def draw_pressure(axes: Axes, solution: ContactSolution, metrics: StressMetrics) -> None:
    """Contact pressure along the surface and the normal stress at the reference depth."""
    x = solution.problem.surface.x / UM
    axes.plot(x, solution.pressure / MPA, color=BLUE, lw=0.8, label="contact pressure")
    below = normal_stress(solution, metrics.depth) / MPA
    axes.plot(x, below, color=VERMILLION, label=f"normal stress {metrics.depth / UM:g} µm below")
    axes.set(xlabel="x (µm)", ylabel="pressure (MPa)")
    axes.set_ylim(bottom=0)
    axes.legend()


def draw_stress_ratios(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """Stress ratio against the mean pressure.

    Args:
        axes: Where.
        rows: With ``p_mean_MPa``, ``stress_ratio``, ``stress_depth_um``.
    """
    known = [(row["p_mean_MPa"], row["stress_ratio"]) for row in rows
             if row["stress_ratio"] is not None]  # fmt: skip
    if known:
        axes.plot(*zip(*known, strict=True), "o-", color=BLUE)
    depth = f"{rows[0]['stress_depth_um']:g}"
    axes.set(xscale="log", xlabel="mean pressure (MPa)", ylabel=f"stress ratio, {depth} µm below")


@styled
def ratios_figure(groups: Sequence[tuple[str, Sequence[float | None]]]) -> Figure:
    """:func:`draw_ratios` in a figure of its own."""
    figure = new_figure(SINGLE_COLUMN, 62.0)
    axes = figure.subplots()
    draw_ratios(axes, groups)
    axes.tick_params(axis="x", labelrotation=20)
    return figure


def draw_ratios(axes: Axes, groups: Sequence[tuple[str, Sequence[float | None]]]) -> None:
    """``i_max/i_min`` of lines, a column of dots for each image and its mean.

    Args:
        axes: Where.
        groups: Name of each image and the ratios of its lines, None where there is none.
    """
    draw_groups(axes, groups, r"$i_\mathrm{max}\,/\,i_\mathrm{min}$")
    axes.axhline(1.0, color=BLACK, lw=0.6, ls=":")


def draw_groups(
    axes: Axes, groups: Sequence[tuple[str, Sequence[float | None]]], label: str
) -> None:
    """A column of dots for each group of values, and its mean.

    Args:
        axes: Where.
        groups: Name and values of each, None where there is none.
        label: Of the values.
    """
    for place, (_, values) in enumerate(groups):
        known = [value for value in values if value is not None]
        shifts = np.linspace(-_SPREAD, _SPREAD, len(known)) if len(known) > 1 else np.zeros(1)
        for index, (shift, value) in enumerate(zip(shifts, known, strict=False)):
            axes.plot(place + float(shift), value, "o", ms=4, mew=0, color=line_colour(index))
        if known:
            mean = float(np.mean(known))
            axes.plot([place - 0.22, place + 0.22], [mean, mean], color=BLACK, lw=1.2)
    axes.set_xticks(range(len(groups)), [name for name, _ in groups])
    axes.set(xlim=(-0.5, len(groups) - 0.5), ylabel=label)
