# SPDX-License-Identifier: BSD-3-Clause
"""Plan view of a height map and of the current density over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.report.style import (
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
from interfacefem.units import UM

if TYPE_CHECKING:
    from interfacefem.current import CurrentSolution

Array = npt.NDArray[np.floating]

_FIXED_WIDTH = 56.0  # mm for labels and colour bars of both panels
_FIXED_HEIGHT = 16.0
_PANEL_HEIGHTS = (20.0, 90.0)  # mm


@styled
def map_figure(solution: CurrentSolution, height_map: HeightMap) -> Figure:
    """Heights and ``i/i_app`` in plan view; grey where the metal does not touch.

    Args:
        solution: Over a height map.
        height_map: The interface as it was meshed (``HeightMapMesh.height_map``).

    Rank-local: call on one rank.
    """
    aspect = height_map.width_x / height_map.width_y
    free = (DOUBLE_COLUMN - _FIXED_WIDTH) / 2
    height = float(np.clip(free / aspect, *_PANEL_HEIGHTS))
    figure = new_figure(DOUBLE_COLUMN, height + _FIXED_HEIGHT)
    left, right = figure.subplots(1, 2)
    _draw(left, height_map, height_map.heights / UM, POTENTIAL_MAP, "height (µm)")
    panel_letter(left, "a")
    draw_current_map(right, solution, height_map)
    panel_letter(right, "b")
    return figure


def draw_current_map(axes: Axes, solution: CurrentSolution, height_map: HeightMap) -> None:
    """``i/i_app`` in plan view in given axes; arguments as in :func:`map_figure`."""
    relative = _on_grid(solution, height_map)
    relative /= solution.problem.applied_current_density
    label = r"current density  $i\,/\,i_\mathrm{app}$"
    _draw(axes, height_map, relative, CURRENT_MAP, label)
    if np.isnan(relative).any():
        axes.text(
            1.0,
            1.01,
            "grey: no contact",
            transform=axes.transAxes,
            ha="right",
            va="bottom",
            fontsize=SMALL_FONT_SIZE,
        )


def _on_grid(solution: CurrentSolution, height_map: HeightMap) -> Array:
    """Current density in A/m^2 at the samples of the map, nan where there is none."""
    samples = solution.samples
    grid = np.full(height_map.heights.shape, np.nan)
    row = np.rint(samples.y / height_map.pixel_size_y).astype(int)
    column = np.rint(samples.x / height_map.pixel_size_x).astype(int)
    grid[row, column] = samples.current_density
    return grid


def _draw(axes: Axes, height_map: HeightMap, values: Array, colours: str, label: str) -> None:
    # samples lie on the corners of the map: their pixels reach half a sample beyond
    half_x, half_y = height_map.pixel_size_x / UM / 2, height_map.pixel_size_y / UM / 2
    width_x, width_y = height_map.width_x / UM, height_map.width_y / UM
    image = axes.imshow(
        np.ma.masked_invalid(values),
        cmap=colours,
        origin="lower",
        extent=(-half_x, width_x + half_x, -half_y, width_y + half_y),
        interpolation="nearest",
    )
    axes.set_facecolor(METAL)
    axes.set(xlim=(0, width_x), ylim=(0, width_y), xlabel="x (µm)", ylabel="y (µm)")
    axes.xaxis.set_major_locator(round_ticks(6))
    axes.yaxis.set_major_locator(round_ticks(6))
    for spine in axes.spines.values():
        spine.set_visible(True)
    bar = axes.figure.colorbar(image, ax=axes, label=label, fraction=0.046, pad=0.03)
    bar.locator = round_ticks(6)
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]
