# SPDX-License-Identifier: BSD-3-Clause
"""An image in which no line passes, and how far its boundary goes: why, to look at."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import Normal, Stroke

from interfacefem.errors import InputError
from interfacefem.report.overlay_figure import draw_scale_bar
from interfacefem.report.style import (
    ALARM,
    BLUE,
    DOUBLE_COLUMN,
    MM,
    ORANGE,
    SKY,
    SMALL_FONT_SIZE,
    length_text,
    new_figure,
    panel_letter,
    styled,
)

if TYPE_CHECKING:
    from interfacefem.images import Attempt

Array = npt.NDArray[np.floating]

# mm
_EDGE, _GAP, _TOP, _LEGEND = 6.0, 5.0, 5.0, 6.0
_LINE_HEIGHT = 3.0  # of the caption
_HIGHEST = 120.0  # an image
_CHARACTERS = 125  # in a line of the caption
_TINT = 0.35
_FEW_GREYS = 16  # a segmented image: every label is shown
_CUT = 0.3, 99.7  # percent of the grey values of the specimen


@styled
def trace_figure(attempt: Attempt, said: str) -> Figure:
    """The image stretched so that its phases can be seen, and what was found in it.

    Args:
        attempt: Image, phases and lines or pieces of a boundary.
        said: Why no line passes, or what the check says of it.

    Rank-local: call on one rank.
    """
    whole, corner = _whole_image(attempt)
    rows, columns = whole.shape
    width = (DOUBLE_COLUMN - 2 * _EDGE - _GAP) / 2
    height = min(width * rows / columns, _HIGHEST)
    width = height * columns / rows
    text = textwrap.fill(_caption(attempt, said), _CHARACTERS)
    below = _LEGEND + _LINE_HEIGHT * (1 + text.count("\n") + 1)
    figure = new_figure(DOUBLE_COLUMN, _TOP + height + below, arrange=False)
    total = figure.get_figheight() / MM
    panels = []
    for index in range(2):
        left = _EDGE + index * (width + _GAP)
        box = (left / DOUBLE_COLUMN, 1 - (_TOP + height) / total)
        panels.append(figure.add_axes((*box, width / DOUBLE_COLUMN, height / total)))
    for axes, letter in zip(panels, "ab", strict=True):
        _show(axes, attempt, whole, corner)
        panel_letter(axes, letter)
    _draw_found(panels[1], attempt)
    draw_scale_bar(panels[0], attempt.micrograph, np.concatenate([*attempt.lines, attempt.stops]))
    figure.legend(
        handles=_legend(attempt, whole.shape),
        loc="upper left",
        bbox_to_anchor=(_EDGE / DOUBLE_COLUMN, 1 - (_TOP + height + 0.5) / total),
        ncols=5,
        handlelength=1.4,
        columnspacing=1.2,
        borderaxespad=0.0,
    )
    figure.text(
        _EDGE / DOUBLE_COLUMN,
        1 - (_TOP + height + _LEGEND) / total,
        text,
        va="top",
        fontsize=SMALL_FONT_SIZE,
    )
    return figure


def _whole_image(attempt: Attempt) -> tuple[Array, tuple[int, int]]:
    """The file with what was cropped off, and where its first pixel lies; else what is known."""
    from interfacefem.images.reading import read_grey_values

    micrograph = attempt.micrograph
    row0, row1, column0, column1 = micrograph.crop
    try:
        gray = read_grey_values(micrograph.source)
    except (InputError, OSError):
        return micrograph.gray.astype(np.float64), (row0, column0)
    if gray.shape[0] < row1 or gray.shape[1] < column1:
        return micrograph.gray.astype(np.float64), (row0, column0)
    return gray, (0, 0)


def _show(axes: Axes, attempt: Attempt, whole: Array, corner: tuple[int, int]) -> None:
    row0, row1, column0, column1 = attempt.micrograph.crop
    rows, columns = whole.shape
    specimen = whole[row0 - corner[0] : row1 - corner[0], column0 - corner[1] : column1 - corner[1]]
    few = len(np.unique(specimen[::5, ::5])) <= _FEW_GREYS
    low, high = np.percentile(specimen, (0, 100) if few else _CUT)
    extent = (corner[1] - 0.5, corner[1] + columns - 0.5, corner[0] + rows - 0.5, corner[0] - 0.5)
    axes.imshow(whole, cmap="gray", vmin=low, vmax=high if high > low else low + 1, extent=extent)
    axes.set_axis_off()
    if (row1 - row0, column1 - column0) != whole.shape:
        dimmed = np.zeros((rows, columns, 4))
        dimmed[...] = to_rgba(ORANGE, 0.25)
        inside = (slice(row0 - corner[0], row1 - corner[0]),
                  slice(column0 - corner[1], column1 - corner[1]))  # fmt: skip
        dimmed[inside] = 0.0
        axes.imshow(dimmed, extent=extent, interpolation="nearest")
        axes.add_patch(
            Rectangle(
                (column0 - 0.5, row0 - 0.5), column1 - column0, row1 - row0,
                fill=False, ec=ORANGE, lw=0.8,
            )
        )  # fmt: skip
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])


def _draw_found(axes: Axes, attempt: Attempt) -> None:
    row0, row1, column0, column1 = attempt.micrograph.crop
    tint = np.zeros((*attempt.electrolyte.shape, 4))
    tint[attempt.electrolyte] = to_rgba(SKY, _TINT)
    extent = (column0 - 0.5, column1 - 0.5, row1 - 0.5, row0 - 0.5)
    limits = axes.get_xlim(), axes.get_ylim()
    axes.imshow(tint, extent=extent, interpolation="nearest")
    halo = [Stroke(linewidth=1.6, foreground="white", alpha=0.8), Normal()]
    for line in attempt.lines:
        axes.plot(*line.T, color=BLUE, lw=0.8, path_effects=halo, gid="line")
    for piece in attempt.doubtful:
        axes.plot(*piece.T, color=ALARM, lw=1.6, solid_capstyle="butt", gid="doubtful")
    if len(attempt.stops):
        axes.plot(*attempt.stops.T, "o", mfc="none", mec=ALARM, ms=5, mew=1.0, clip_on=False,
                  gid="stops")  # fmt: skip
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])


def _legend(attempt: Attempt, shape: tuple[int, ...]) -> list[Patch | Line2D]:
    entries: list[Patch | Line2D] = [
        Patch(color=SKY, alpha=0.6, label="taken for electrolyte"),
        Line2D([], [], color=BLUE, lw=1.0, label="boundary found"),
    ]
    if len(attempt.stops):
        entries.append(
            Line2D([], [], ls="", marker="o", mfc="none", mec=ALARM, ms=5, label="where it stops")
        )
    if attempt.doubtful:
        entries.append(Line2D([], [], color=ALARM, lw=1.6, label="no edge there"))
    row0, row1, column0, column1 = attempt.micrograph.crop
    if (row1 - row0, column1 - column0) != tuple(shape):
        entries.append(Patch(color=ORANGE, alpha=0.4, label="left out: crop, data bar"))
    return entries


def _caption(attempt: Attempt, said: str) -> str:
    micrograph = attempt.micrograph
    row0, row1, column0, column1 = micrograph.crop
    return (
        f"{Path(str(micrograph.source)).name}; pixel {length_text(micrograph.pixel_size)} "
        f"({micrograph.pixel_size_source}); rows {row0} to {row1}, columns {column0} to {column1}; "
        f"{attempt.how}. {said}"
    )
