# SPDX-License-Identifier: BSD-3-Clause
"""The potential in the electrolyte with streamlines of the current, and the hottest spot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.tri import LinearTriInterpolator, Triangulation

from interfacefem.report.electrolyte_field import ElectrolyteField, gather_potential
from interfacefem.report.style import (
    BLACK,
    CURRENT_MAP,
    DOUBLE_COLUMN,
    DPI,
    METAL,
    MM,
    ORANGE,
    POTENTIAL_MAP,
    SMALL_FONT_SIZE,
    VERMILLION,
    new_figure,
    panel_letter,
    round_ticks,
    styled,
)
from interfacefem.units import UM

if TYPE_CHECKING:
    from interfacefem.current import CurrentSolution
    from interfacefem.current.interface_samples import InterfaceSamples

Array = npt.NDArray[np.floating]

STREAMLINES = 25
DETAIL_STREAMLINES = 14
_SHOWN_ABOVE = 0.3  # of the width, above the highest point of the interface
_SHOWN_BELOW = 0.07
_DETAIL_WIDTH = 1 / 8
_DETAIL_BELOW = 0.35  # of the detail's height
_CLIPPED_SHARE = 2e-4  # of the area, at corners where the current density has no bound
_FIXED_WIDTH = 53.0  # mm for labels and colour bars of both panels
_FIXED_HEIGHT = 16.0
_PANEL_HEIGHTS = (26.0, 64.0)  # mm
_BAR_WIDTH = 2.2  # mm
_ARROWS_AT = 0.88  # of the height in view


@dataclass(frozen=True)
class _View:
    """A part of the domain in um."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def aspect(self) -> float:
        return (self.right - self.left) / (self.top - self.bottom)

    def pixels(self, height: float) -> tuple[Array, Array]:
        """Centres of the pixels of a panel whose height is given in mm."""
        rows = math.ceil(height * MM * DPI)
        columns = math.ceil(rows * self.aspect)
        x = self.left + (np.arange(columns) + 0.5) / columns * (self.right - self.left)
        z = self.bottom + (np.arange(rows) + 0.5) / rows * (self.top - self.bottom)
        columns_x, rows_z = np.meshgrid(x, z)
        return columns_x, rows_z


@styled
def potential_figure(solution: CurrentSolution) -> Figure | None:
    """Potential with streamlines, and the current density where the interface takes most.

    As Tran et al. (2025), Fig. S13 and 4f. Each space between two streamlines carries the same
    current. The magnitude of the current density in the electrolyte exceeds the reaction current
    where a line meets the interface at an angle, which slow kinetics allow.

    Args:
        solution: Of elements of degree 1 or 2.

    Returns:
        The figure on rank 0, None on the others.

    Collective.
    """
    field = gather_potential(solution)
    if field is None:
        return None
    samples = solution.samples
    interface = np.column_stack([samples.x, samples.z]) / UM
    whole = _whole_view(interface, solution.interface_mesh.top / UM)
    detail = _detail_view(interface, samples, solution.interface_mesh.top / UM)
    free = DOUBLE_COLUMN - _FIXED_WIDTH
    height = float(np.clip(free / (whole.aspect + detail.aspect), *_PANEL_HEIGHTS))
    figure = new_figure(DOUBLE_COLUMN, height + _FIXED_HEIGHT)
    left, right = figure.subplots(1, 2, width_ratios=[whole.aspect, detail.aspect])
    mesh = Triangulation(field.points[:, 0] / UM, field.points[:, 1] / UM, field.triangles)

    _draw_map(left, mesh, field.potential * 1e3, whole, POTENTIAL_MAP, "potential (mV)", height)
    _draw_streamlines(left, mesh, field, STREAMLINES)
    _draw_interface(left, interface, whole)
    left.text(
        0.015,
        0.03,
        "metal",
        transform=left.transAxes,
        va="bottom",
        fontsize=SMALL_FONT_SIZE + 0.5,
        zorder=3,
    )
    corner = (detail.left, detail.bottom)
    size = (detail.right - detail.left, detail.top - detail.bottom)
    left.add_patch(Rectangle(corner, *size, fill=False, ec=ORANGE, lw=0.8, zorder=4))
    left.text(
        detail.right,
        detail.top,
        "b",
        fontsize=SMALL_FONT_SIZE,
        fontweight="bold",
        va="top",
        ha="left",
        bbox={"fc": ORANGE, "ec": "none", "pad": 0.7},
        zorder=4,
    )
    panel_letter(left, "a")

    relative = field.current_density / solution.problem.applied_current_density
    label = "current density in the\nelectrolyte / applied"
    _draw_map(right, mesh, relative, detail, CURRENT_MAP, label, height, clip=True)
    count = round(DETAIL_STREAMLINES * (whole.right - whole.left) / size[0])
    _draw_streamlines(right, mesh, field, count)
    _draw_interface(right, interface, detail)
    highest = int(np.argmax(samples.current_density))
    factor = samples.current_density[highest] / solution.problem.applied_current_density
    right.plot(*interface[highest], "^", color=VERMILLION, mec=BLACK, mew=0.4, ms=4.0, zorder=4)
    right.text(
        0.03,
        0.03,
        f"▲ largest current through the\ninterface: {factor:.3g} of applied",
        transform=right.transAxes,
        va="bottom",
        fontsize=SMALL_FONT_SIZE,
        bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1.2},
        zorder=5,
    )
    panel_letter(right, "b")
    return figure


def streamlines(mesh: Triangulation, field: ElectrolyteField, count: int) -> list[Array]:
    """Lines that part the current into equal shares, each from the top to the interface.

    Args:
        mesh: The triangles, in any unit of length.
        field: The field on them.
        count: Number of lines, half a share away from the sides.

    Returns:
        For each line its points, shape ``(k, 2)``, in the unit of ``mesh``.
    """
    levels = (np.arange(count) + 0.5) / count
    scratch = Figure().add_subplot()
    pieces = scratch.tricontour(mesh, field.stream_function, levels=levels).allsegs
    lines = [max(segments, key=len) for segments in pieces if len(segments)]
    return [line if line[0, 1] >= line[-1, 1] else line[::-1] for line in lines]


def _whole_view(interface: Array, top: float) -> _View:
    (left, low), (right, high) = interface.min(axis=0), interface.max(axis=0)
    width = right - left
    return _View(left, right, low - _SHOWN_BELOW * width, min(top, high + _SHOWN_ABOVE * width))


def _detail_view(interface: Array, samples: InterfaceSamples, top: float) -> _View:
    """A square around the largest current density, inside the domain where it can be."""
    left, right = float(interface[0, 0]), float(interface[-1, 0])
    size = min(_DETAIL_WIDTH * (right - left), top - float(interface[:, 1].min()))
    x, z = interface[np.argmax(samples.current_density)]
    start = float(np.clip(x - size / 2, left, right - size))
    bottom = min(float(z) - _DETAIL_BELOW * size, top - size)
    return _View(start, start + size, bottom, bottom + size)


def _draw_map(
    axes: Axes,
    mesh: Triangulation,
    values: Array,
    view: _View,
    colours: str,
    label: str,
    height: float,
    *,
    clip: bool = False,
) -> None:
    """Colours, axes and a colour bar, whose range is that of the part in view."""
    image = LinearTriInterpolator(mesh, values)(*view.pixels(height))
    seen = image.compressed()
    low, high = float(seen.min()), float(seen.max())
    extend = "neither"
    if clip:
        low, high = np.quantile(seen, [0.0, 1 - _CLIPPED_SHARE])
        # no colours for differences that are none
        low, high = min(low, 0.98 * high), max(high, 1.02 * low)
        extend = "max" if seen.max() > high else "neither"
    drawn = axes.imshow(
        image,
        cmap=colours,
        vmin=low,
        vmax=high,
        origin="lower",
        extent=(view.left, view.right, view.bottom, view.top),
    )
    axes.set(
        aspect="equal",
        xlim=(view.left, view.right),
        ylim=(view.bottom, view.top),
        xlabel="x (µm)",
        ylabel="z (µm)",
    )
    axes.xaxis.set_major_locator(round_ticks(7 if view.aspect > 1.2 else 5))
    axes.yaxis.set_major_locator(round_ticks(5))
    for spine in axes.spines.values():
        spine.set_visible(True)
    _draw_colour_bar(axes, drawn, label, extend, height * view.aspect)


def _draw_colour_bar(
    axes: Axes, drawn: ScalarMappable, label: str, extend: str, panel_width: float
) -> None:
    share = _BAR_WIDTH / panel_width
    place = axes.inset_axes((1 + share, 0.0, share, 1.0))
    bar = axes.figure.colorbar(drawn, cax=place, label=label, extend=extend)
    bar.locator = round_ticks(6)
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]


def _draw_streamlines(axes: Axes, mesh: Triangulation, field: ElectrolyteField, count: int) -> None:
    bottom, top = axes.get_ylim()
    left, right = axes.get_xlim()
    arrow = bottom + _ARROWS_AT * (top - bottom)
    for line in streamlines(mesh, field, count):
        axes.plot(*line.T, color="white", lw=0.55, gid="streamline", solid_capstyle="butt")
        x = float(np.interp(-arrow, -line[:, 1], line[:, 0]))
        if left < x < right and line[-1, 1] < arrow:
            axes.plot(x, arrow, marker="v", ms=2.2, mew=0, color="white")


def _draw_interface(axes: Axes, interface: Array, view: _View) -> None:
    """The curve, and the metal below it."""
    outline = np.vstack(
        [interface, [interface[-1, 0], view.bottom - 1], [interface[0, 0], view.bottom - 1]]
    )
    axes.fill(*outline.T, fc=METAL, lw=0, zorder=2.5)
    axes.plot(*interface.T, color=BLACK, lw=0.8, zorder=2.6)
