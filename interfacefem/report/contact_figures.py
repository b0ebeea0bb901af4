# SPDX-License-Identifier: BSD-3-Clause
"""A flat block on a rough surface: pressure, gap, and the stress below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from interfacefem.contact.line_places import LinePlaces
from interfacefem.contact.stress_below import normal_stress, stress_field
from interfacefem.report.style import (
    BLACK,
    BLUE,
    GREY,
    METAL,
    OTHER_PHASE,
    SINGLE_COLUMN,
    SKY,
    SMALL_FONT_SIZE,
    VERMILLION,
    new_figure,
    panel_letter,
    round_ticks,
    styled,
)
from interfacefem.units import MPA, UM

if TYPE_CHECKING:
    from interfacefem.contact.metrics import StressMetrics
    from interfacefem.contact.problem import ContactSolution
    from interfacefem.contact.surface import RoughSurface

Array = npt.NDArray[np.floating]


_STRESS_MAP = "cividis"
_DEPTHS = 120
_DEEPEST = 3.0  # reference depths shown
_DEPTH_SHARE = 0.5  # of the width, at most
_MARKERS = {"peak": ("^", VERMILLION), "valley": ("v", SKY)}


@styled
def pressure_figure(solution: ContactSolution, metrics: StressMetrics) -> Figure:
    """Pressure along the surface and stress at the reference depth, the surface, the gap.

    In the middle the block lies on the undeformed surface, turned as it is, lowered to the first
    touch; nodes in contact are marked, as are the peaks and valleys of the stress ratio. The gap
    is that under load; where the pressure is held at the hardness it is below zero, by what
    plastic flow takes up.

    Rank-local: call on one rank.
    """
    surface = solution.problem.surface
    x = surface.x / UM
    figure = new_figure(SINGLE_COLUMN, 104.0)
    upper, middle, lower = figure.subplots(3, 1, sharex=True, height_ratios=[1.6, 1, 0.8])
    upper.plot(x, solution.pressure / MPA, color=BLUE, lw=0.7, label="contact pressure")
    below = normal_stress(solution, metrics.depth) / MPA
    depth = f"normal stress {metrics.depth / UM:g} µm below it"
    upper.plot(x, below, color=VERMILLION, lw=1.0, label=depth)
    upper.axhline(solution.mean_pressure / MPA, color=BLACK, lw=0.6, ls=":", label="mean pressure")
    hardness = solution.problem.hardness
    if np.isfinite(hardness) and solution.capped.any():
        upper.axhline(hardness / MPA, color=GREY, lw=0.7, ls="--", label="hardness")
    upper.set(ylabel="pressure (MPa)", ylim=(0, None), xlim=_extent(surface))
    _draw_surface(middle, solution, metrics)
    middle.set(ylabel="z (µm)")
    _draw_gap(lower, solution)
    lower.set(xlabel="x (µm)", ylabel="gap (µm)")
    entries = [*upper.get_legend_handles_labels()[0], *_marker_entries(), _contact_entry()]
    figure.legend(handles=entries, loc="outside upper center", ncols=2)
    figure.align_ylabels()
    for axes, letter in zip((upper, middle, lower), "abc", strict=True):
        panel_letter(axes, letter)
    return figure


@styled
def stress_field_figure(solution: ContactSolution, metrics: StressMetrics) -> Figure:
    """Normal and von Mises stress below the surface; as Tran et al. (2025), Fig. 4i.

    The electrolyte is above the surface, so that depth runs upward as in the other figures.

    Rank-local: call on one rank.
    """
    surface = solution.problem.surface
    deepest = min(_DEEPEST * metrics.depth, _DEPTH_SHARE * surface.width)
    depths = np.linspace(0.0, max(deepest, 8 * surface.spacing[0]), _DEPTHS)
    field = stress_field(solution, depths)
    figure = new_figure(SINGLE_COLUMN, 88.0)
    panels = figure.subplots(2, 1, sharex=True)
    stresses = (("compressive stress", -field.sigma_zz), ("von Mises stress", field.von_mises))
    for axes, letter, (name, stress) in zip(panels, "ab", stresses, strict=True):
        shown = axes.pcolormesh(
            field.x / UM,
            depths / UM,
            stress / MPA,
            cmap=_STRESS_MAP,
            shading="gouraud",
            vmin=0.0,
            # the singular stress under the edge of a contact must not hide all else
            vmax=float(np.quantile(stress, 0.995)) / MPA,
            rasterized=True,
        )
        figure.colorbar(shown, ax=axes, label=f"{name} (MPa)", extend="max", pad=0.02)
        axes.axhline(metrics.depth / UM, color="white", lw=0.8, ls="--")
        axes.set(ylabel="depth (µm)", ylim=(0, depths[-1] / UM))
        _draw_places(axes, surface.x / UM, np.full(len(surface.x), metrics.depth / UM), metrics)
        panel_letter(axes, letter)
    panels[1].set(xlabel="x (µm)", xlim=_extent(surface))
    figure.legend(handles=_marker_entries(), loc="outside upper center", ncols=2)
    return figure


def _draw_surface(axes: Axes, solution: ContactSolution, metrics: StressMetrics) -> None:
    surface = solution.problem.surface
    x, z = surface.x / UM, surface.z / UM
    block = solution.tilt[0] * surface.lever / (surface.width / 2) / UM
    block = block + float((z - block).min())
    top = z.max() + 0.25 * np.ptp(z)
    bottom = min(block.min(), z.min()) - 0.25 * max(np.ptp(z), 1e-6)
    axes.fill_between(x, z, top, color=OTHER_PHASE, lw=0)
    axes.fill_between(x, bottom, block, color=METAL, lw=0)
    axes.plot(x, z, color=BLACK, lw=0.6)
    axes.plot(x, block, color=GREY, lw=0.6)
    touching = np.where(solution.touches, z, np.nan)
    axes.plot(x, touching, color=BLUE, lw=2.2, solid_capstyle="butt", marker=".", ms=1.5)
    _draw_places(axes, x, z, metrics)
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(round_ticks(4))
    for place, name in (("top", "electrolyte"), ("bottom", "block")):
        axes.text(
            0.5, 0.97 if place == "top" else 0.03, name,
            ha="center", va=place, transform=axes.transAxes, fontsize=SMALL_FONT_SIZE,
        )  # fmt: skip


def _draw_gap(axes: Axes, solution: ContactSolution) -> None:
    x, gap = solution.problem.surface.x / UM, solution.gap / UM
    axes.axhline(0, color=GREY, lw=0.6)
    axes.plot(x, gap, color=BLACK, lw=0.6, label="gap under load")
    touching = np.where(solution.touches, gap, np.nan)
    axes.plot(x, touching, color=BLUE, lw=2.2, solid_capstyle="butt", marker=".", ms=1.5)
    axes.yaxis.set_major_locator(round_ticks(4))


def _extent(surface: RoughSurface) -> tuple[float, float]:
    """First and last x in um; but for periodic ones, nodes stand in the middle of their strips."""
    first = surface.x[0] - (0 if surface.boundary == "periodic" else surface.spacing[0] / 2)
    return first / UM, (first + surface.width) / UM


def _draw_places(axes: Axes, x: Array, height: Array, metrics: StressMetrics) -> None:
    places = {"peak": metrics.places.peaks, "valley": metrics.places.valleys}
    for name, (marker, colour) in _MARKERS.items():
        found = places[name]
        assert isinstance(found, LinePlaces)
        at = found.x / UM
        axes.plot(
            at, np.interp(at, x, height), marker, ms=3.2, mfc=colour, mec=BLACK, mew=0.3, gid=name,
            clip_on=False, zorder=5,
        )  # fmt: skip


def _marker_entries() -> list[Line2D]:
    return [
        Line2D([], [], marker=marker, ls="", ms=3.2, mfc=colour, mec=BLACK, mew=0.3, label=name)
        for name, (marker, colour) in _MARKERS.items()
    ]


def _contact_entry() -> Line2D:
    return Line2D([], [], color=BLUE, lw=2.2, label="in contact")
