# SPDX-License-Identifier: BSD-3-Clause
"""The current density along an interface, and how it is distributed over its length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from interfacefem.report.style import (
    BLACK,
    BLUE,
    GREY,
    METAL,
    POOLED,
    SINGLE_COLUMN,
    SKY,
    SMALL_FONT_SIZE,
    VERMILLION,
    line_colour,
    new_figure,
    number_texts,
    panel_letter,
    round_ticks,
    styled,
)
from interfacefem.units import MA_PER_CM2, UM

if TYPE_CHECKING:
    from interfacefem.current import CurrentProblem
    from interfacefem.current.interface_samples import InterfaceSamples
    from interfacefem.current.metrics import CurrentMetrics

Array = npt.NDArray[np.floating]

_UNIT = "mA/cm²"
SMALLEST_SPAN = 0.05  # of the applied current density: smaller differences are not blown up
_ZERO_BASED_ABOVE = 2.0  # i_max / i_min from which the axis starts at zero
_MARGIN = 0.06
_MARKERS = {"max": ("^", VERMILLION), "min": ("v", SKY)}
_CRITICAL_LINE: dict[str, Any] = {"color": VERMILLION, "lw": 0.7, "ls": "--"}
_BINS = 51  # odd, so that a uniform current density lies in the middle of one
_DATA_SHARE = 1 / 3  # of an axis that is widened to show the applied current density
_HOTTEST = 0.01  # share of the length that is marked as hot spots
_UNIFORM = 1e-6  # relative difference below which there is no place of the maximum
_LOG_SHARE_ABOVE = 4.0  # i_max / i_app from which rare hot spots need a logarithmic axis


class CurrentDistribution(Protocol):
    """What is drawn of a :class:`~interfacefem.current.CurrentSolution`; it can be pickled."""

    @property
    def problem(self) -> CurrentProblem:
        """What was solved."""

    @property
    def samples(self) -> InterfaceSamples:
        """The current along the interface."""


@styled
def current_figure(
    solution: CurrentDistribution,
    metrics: CurrentMetrics,
    *,
    critical_current_density: float | None = None,
) -> Figure:
    """Current density along the interface, and the section with its hottest places marked.

    Over the arc length, since under an overhang one x carries several values. The hottest 1 % of
    the length is marked in both panels: a maximum is one point, hot spots are stretches. As Tran et
    al. (2025), Fig. S14, who plot over x.

    Args:
        solution: The current distribution.
        metrics: Of this solution.
        critical_current_density: In A/m^2, or None.

    Rank-local: call on one rank.
    """
    samples = solution.samples
    s, x, z = samples.arc_length / UM, samples.x / UM, samples.z / UM
    current = samples.current_density / MA_PER_CM2
    applied = solution.problem.applied_current_density / MA_PER_CM2

    figure = new_figure(SINGLE_COLUMN, 100.0)
    upper, lower = figure.subplots(2, 1, height_ratios=[1.9, 1])
    upper.plot(s, current, color=BLUE, gid="current")
    limits = _current_limits(metrics.i_min / MA_PER_CM2, metrics.i_max / MA_PER_CM2, applied)
    upper.set(ylabel=f"current density ({_UNIT})", ylim=limits, xlim=(s[0], s[-1]))
    upper.set_xlabel("length along the interface (µm)")
    upper.yaxis.set_major_locator(round_ticks(5))
    _mark_cut_axis(upper)
    _draw_profile(lower, x, z)
    lower.set_xlim(float(x.min()), float(x.max()))
    entries = []
    if metrics.i_max - metrics.i_min > _UNIFORM * metrics.i_max:
        extremes = [int(np.argmax(current)), int(np.argmin(current))]
        entries = _extreme_entries(current[extremes], x[extremes], applied)
        entries.append(_mark_hottest(solution, (upper, s, current), (lower, x, z)))
        for index, name in zip(extremes, _MARKERS, strict=True):
            for axes, along, height in ((upper, s, current), (lower, x, z)):
                axes.plot(along[index], height[index], gid=name, **_marker(name))
    entries.append(_draw_level(upper, applied, "applied", color=BLACK, lw=0.6))
    if critical_current_density is not None:
        critical = critical_current_density / MA_PER_CM2
        entries.append(_draw_level(upper, critical, "critical", **_CRITICAL_LINE))
    figure.legend(handles=entries, loc="outside upper center", ncols=2)
    figure.align_ylabels()
    panel_letter(upper, "a")
    panel_letter(lower, "b")
    return figure


def _mark_hottest(solution: CurrentDistribution, *panels: tuple[Axes, Array, Array]) -> Line2D:
    """The hottest share of the length, thick in each panel of ``(axes, along, height)``."""
    from interfacefem.current.windows import weighted_quantile  # loads the solver

    samples = solution.samples
    (least,) = weighted_quantile(
        samples.quadrature_current_density, samples.quadrature_weights, np.array([1 - _HOTTEST])
    )
    hot = samples.current_density >= least
    style: dict[str, Any] = {"color": VERMILLION, "lw": 2.2, "solid_capstyle": "butt"}
    for axes, along, height in panels:
        # between nodes that are both hot
        axes.plot(along, np.where(hot, height, np.nan), gid="hottest", zorder=3, **style)
    label = f"hottest {100 * _HOTTEST:g} % of the length\n(above {least / MA_PER_CM2:.3g} {_UNIT})"
    return Line2D([], [], label=label, **style)


@styled
def histogram_figure(
    solutions: Sequence[CurrentDistribution],
    labels: Sequence[str],
    *,
    critical_current_density: float | None = None,
) -> Figure:
    """Share of the interface by its current density over the applied one.

    One thin step line for each solution, and what they give together, weighted with arc length.
    As Tran et al. (2025), Fig. 4e.

    Args:
        solutions: Such as those of one image.
        labels: One name each, for the legend.
        critical_current_density: In A/m^2, or None.

    Rank-local: call on one rank.
    """
    ratios = [
        solution.samples.quadrature_current_density / solution.problem.applied_current_density
        for solution in solutions
    ]
    weights = [solution.samples.quadrature_weights for solution in solutions]
    pooled = np.concatenate(ratios)
    edges = np.linspace(*_bin_limits(pooled), _BINS + 1)
    figure = new_figure(SINGLE_COLUMN, 62.0)
    axes = figure.subplots()
    together = _shares(pooled, np.concatenate(weights), edges)
    several = len(solutions) > 1
    axes.stairs(
        together, edges, fill=True, color=POOLED, lw=0, label="all lines" if several else labels[0]
    )
    if several:
        for index, (ratio, weight, label) in enumerate(zip(ratios, weights, labels, strict=True)):
            shares = _shares(ratio, weight, edges)
            axes.stairs(shares, edges, color=line_colour(index), lw=0.8, label=label)
    axes.set(
        xlabel="current density / applied current density",
        ylabel="share of the interface (%)",
        xlim=_ratio_limits(edges[0], edges[-1]),
    )
    axes.xaxis.set_major_locator(round_ticks(7))
    _mark_ratio(axes, 1.0, "applied", color=BLACK, lw=0.6)
    if critical_current_density is not None:
        label = f"critical {critical_current_density / MA_PER_CM2:.3g} {_UNIT}"
        for applied in {solution.problem.applied_current_density for solution in solutions}:
            _mark_ratio(axes, critical_current_density / applied, label, **_CRITICAL_LINE)
    if pooled.max() > _LOG_SHARE_ABOVE:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def draw_current(axes: Axes, solution: CurrentDistribution) -> None:
    """Current density along the interface, and the applied one, in given axes."""
    samples = solution.samples
    current = samples.current_density / MA_PER_CM2
    applied = solution.problem.applied_current_density / MA_PER_CM2
    (line,) = axes.plot(samples.arc_length / UM, current, color=BLUE, label="at the interface")
    limits = _current_limits(float(current.min()), float(current.max()), applied)
    axes.set(ylabel=f"current density ({_UNIT})", ylim=limits)
    axes.set_xlabel("length along the interface (µm)")
    axes.legend(handles=[line, _draw_level(axes, applied, "applied", color=BLACK, lw=0.8, ls=":")])


def _current_limits(lowest: float, highest: float, applied: float) -> tuple[float, float]:
    """From zero where the contrast is strong; else a range that does not blow up rounding."""
    if lowest <= 0 or highest / lowest >= _ZERO_BASED_ABOVE:
        low, high = min(lowest, 0.0), max(highest, applied)
        return low - (_MARGIN * (high - low) if low < 0 else 0.0), high + _MARGIN * (high - low)
    low, high = min(lowest, applied), max(highest, applied)
    if highest - lowest < _DATA_SHARE * (high - low):
        low, high = lowest, highest
    half = (0.5 + 2 * _MARGIN) * max(high - low, SMALLEST_SPAN * applied)
    return (high + low) / 2 - half, (high + low) / 2 + half


def _mark_cut_axis(axes: Axes) -> None:
    """Two strokes across the vertical axis and a word where it does not start at zero."""
    bottom = axes.get_ylim()[0]
    if bottom <= 0:
        return
    strokes: dict[str, Any] = {"marker": [(-1, -0.5), (1, 0.5)], "ms": 6, "mec": BLACK, "mew": 0.6}
    axes.plot(
        [0, 0],
        [0.02, 0.045],
        transform=axes.transAxes,
        color="none",
        clip_on=False,
        gid="cut axis",
        **strokes,
    )
    axes.text(
        0.02,
        0.025,
        "axis does not start at zero",
        transform=axes.transAxes,
        fontsize=SMALL_FONT_SIZE,
        color=GREY,
    )


def _extreme_entries(extremes: Array, places: Array, applied: float) -> list[Line2D]:
    """Entries of the legend, which has room for the values where a plot has none."""
    values = number_texts(list(extremes))
    relative = number_texts(list(extremes / applied))
    where = number_texts(list(places))
    return [
        Line2D(
            [],
            [],
            ls="none",
            label=f"{name} {values[k]} {_UNIT} ({relative[k]} of applied)\nat x = {where[k]} µm",
            **_marker(name),
        )
        for k, name in enumerate(_MARKERS)
    ]


def _marker(name: str) -> dict[str, Any]:
    shape, colour = _MARKERS[name]
    return {
        "marker": shape,
        "color": colour,
        "mec": BLACK,
        "mew": 0.4,
        "ms": 4.0,
        "zorder": 4,
        "clip_on": False,
    }


def _draw_level(axes: Axes, level: float, name: str, **style: Any) -> Line2D:
    """A horizontal line, or a word in the legend where it lies off the axis."""
    label = f"{name} {level:.3g} {_UNIT}"
    low, high = axes.get_ylim()
    if low <= level <= high:
        axes.axhline(level, zorder=1.5, gid=name, **style)
    else:
        label += f"\n({'above' if level > high else 'below'} this range)"
    return Line2D([], [], label=label, **style)


def _draw_profile(axes: Axes, x: Array, z: Array) -> None:
    # a flat interface still needs an axis
    span = max(float(np.ptp(z)), 1e-3 * float(x[-1] - x[0]))
    low, high = float(z.min()) - 0.8 * span, float(z.max()) + 0.8 * span
    axes.fill([*x, x[-1], x[0]], [*z, low, low], fc=METAL, lw=0)
    axes.plot(x, z, color=BLACK, lw=0.8, gid="profile")
    axes.set(xlabel="x (µm)", ylabel="z (µm)", ylim=(low, high))
    axes.yaxis.set_major_locator(round_ticks(3))
    for name, place, anchor in (("electrolyte", 0.97, "top"), ("metal", 0.04, "bottom")):
        axes.text(
            0.99,
            place,
            name,
            transform=axes.transAxes,
            ha="right",
            va=anchor,
            fontsize=SMALL_FONT_SIZE + 0.5,
        )


def _bin_limits(ratios: Array) -> tuple[float, float]:
    low, high = float(ratios.min()), float(ratios.max())
    if low <= 0 or high / low >= _ZERO_BASED_ABOVE:
        return min(low, 0.0), high * (1 + 1e-9)
    half = 0.5 * max(high - low, SMALLEST_SPAN) * (1 + 1e-9)
    return (low + high) / 2 - half, (low + high) / 2 + half


def _ratio_limits(low: float, high: float) -> tuple[float, float]:
    """Around all bins, and the applied current density where it is not far away."""
    wide = (min(low, 1.0), max(high, 1.0))
    if high - low >= _DATA_SHARE * (wide[1] - wide[0]):
        low, high = wide
    margin = 0.02 * (high - low)
    return low - (margin if low else 0.0), high + margin


def _shares(values: Array, weights: Array, edges: Array) -> Array:
    """Percentage of the length in each bin."""
    return 100 * np.histogram(values, edges, weights=weights)[0] / weights.sum()


def _mark_ratio(axes: Axes, ratio: float, label: str, **style: Any) -> None:
    """A vertical line, or a word in the legend where it lies off the axis."""
    low, high = axes.get_xlim()
    if low <= ratio <= high:
        axes.axvline(ratio, label=label, **style)
    else:
        side = "above" if ratio > high else "below"
        axes.plot([], [], label=f"{label}\n({side} this range)", **style)
