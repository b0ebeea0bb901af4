# SPDX-License-Identifier: BSD-3-Clause
"""Plan view of a height map and of the contact pressure over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.contact.map_places import MapPlaces
from interfacefem.contact.stress_below import normal_stress
from interfacefem.report.style import (
    BLACK,
    CURRENT_MAP,
    DOUBLE_COLUMN,
    METAL,
    POTENTIAL_MAP,
    SMALL_FONT_SIZE,
    new_figure,
    panel_letter,
    round_ticks,
    styled,
)
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.units import MPA, UM

if TYPE_CHECKING:
    from interfacefem.contact.run import StressRun

Array = npt.NDArray[np.floating]

_FIXED_WIDTH = 42.0  # mm for labels of the three panels
_FIXED_HEIGHT = 28.0  # for labels and colour bars
_PANEL_HEIGHTS = (20.0, 90.0)  # mm


@styled
def pressure_map_figure(run: StressRun) -> Figure:
    """Heights, contact pressure and the stress at the reference depth, in plan view.

    Grey is where the block does not touch, with the outline of the contact; the last panel marks
    peaks and valleys.

    Args:
        run: A solved map.

    Rank-local: call on one rank.
    """
    surface, solution = run.surface, run.solution
    assert isinstance(surface, HeightMap)
    aspect = surface.width_x / surface.width_y
    free = (DOUBLE_COLUMN - _FIXED_WIDTH) / 3
    height = float(np.clip(free / aspect, *_PANEL_HEIGHTS))
    figure = new_figure(DOUBLE_COLUMN, height + _FIXED_HEIGHT)
    left, middle, right = figure.subplots(1, 3)

    _draw(left, surface, surface.heights / UM, POTENTIAL_MAP, "z (µm), peaks are low")
    panel_letter(left, "a")

    draw_pressure_map(middle, run)
    panel_letter(middle, "b")

    below = normal_stress(solution, run.metrics.depth) / MPA
    depth = run.metrics.depth / UM
    _draw(right, surface, below, CURRENT_MAP, f"normal stress, {depth:.3g} µm deep (MPa)")
    peaks, valleys = run.metrics.places.peaks, run.metrics.places.valleys
    for places, marker, name in ((peaks, "^", "peaks"), (valleys, "v", "valleys")):
        assert isinstance(places, MapPlaces)
        y, x = _middles(places.labels)
        right.plot(
            x * surface.pixel_size_x / UM, y * surface.pixel_size_y / UM, marker,
            markersize=3.5, markerfacecolor="white", markeredgecolor=BLACK, markeredgewidth=0.5,
            linestyle="none", label=name, clip_on=False,
        )  # fmt: skip
    # constrained layout makes room for a legend of the figure, not for one above its panel
    figure.legend(loc="outside upper right", ncols=2, handletextpad=0.1, fontsize=SMALL_FONT_SIZE)
    panel_letter(right, "c")
    return figure


def draw_pressure_map(axes: Axes, run: StressRun) -> None:
    """Contact pressure in plan view in given axes, grey where the block does not touch."""
    surface, touches = run.surface, run.solution.touches
    assert isinstance(surface, HeightMap)
    shown = np.where(touches, run.solution.pressure / MPA, np.nan)
    _draw(axes, surface, shown, CURRENT_MAP, "contact pressure (MPa)")
    if not touches.all():
        _outline(axes, surface, touches)
        axes.text(
            1.0, 1.01, "grey: no contact", transform=axes.transAxes,
            ha="right", va="bottom", fontsize=SMALL_FONT_SIZE,
        )  # fmt: skip


def _middles(labels: npt.NDArray[np.integer]) -> tuple[Array, Array]:
    """Mean row and column of each place."""
    rows, columns = np.nonzero(labels)
    place = labels[rows, columns]
    count = np.maximum(np.bincount(place), 1)[1:]
    return np.bincount(place, rows)[1:] / count, np.bincount(place, columns)[1:] / count


def _outline(axes: Axes, surface: HeightMap, touches: npt.NDArray[np.bool_]) -> None:
    x = np.arange(touches.shape[1]) * surface.pixel_size_x / UM
    y = np.arange(touches.shape[0]) * surface.pixel_size_y / UM
    axes.contour(x, y, touches.astype(float), levels=[0.5], colors=BLACK, linewidths=0.3)


def _draw(axes: Axes, surface: HeightMap, values: Array, colours: str, label: str) -> None:
    # samples lie on the corners of the map: their pixels reach half a sample beyond
    half_x, half_y = surface.pixel_size_x / UM / 2, surface.pixel_size_y / UM / 2
    rows, columns = values.shape
    image = axes.imshow(
        np.ma.masked_invalid(values),
        cmap=colours,
        origin="lower",
        extent=(-half_x, (2 * columns - 1) * half_x, -half_y, (2 * rows - 1) * half_y),
        interpolation="nearest",
    )
    axes.set_facecolor(METAL)
    width_x, width_y = surface.width_x / UM, surface.width_y / UM
    axes.set(xlim=(0, width_x), ylim=(0, width_y), xlabel="x (µm)", ylabel="y (µm)")
    axes.xaxis.set_major_locator(round_ticks(4))
    axes.yaxis.set_major_locator(round_ticks(4))
    for spine in axes.spines.values():
        spine.set_visible(True)
    bar = axes.figure.colorbar(
        image, ax=axes, label=label, location="bottom", fraction=0.05, pad=0.03, aspect=25
    )
    bar.locator = round_ticks(4)
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]
