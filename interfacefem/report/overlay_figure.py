# SPDX-License-Identifier: BSD-3-Clause
"""What was taken from a micrograph, drawn over it."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import Normal, Stroke

from interfacefem.report.style import (
    ALARM,
    BLACK,
    DOUBLE_COLUMN,
    MM,
    OTHER_PHASE,
    SKY,
    SMALL_FONT_SIZE,
    length_text,
    line_colour,
    new_figure,
    panel_letter,
    round_length,
    styled,
)

if TYPE_CHECKING:
    from interfacefem.images import ExtractedProfile, Extraction, Micrograph

Array = npt.NDArray[np.floating]

# mm
_LEFT, _GAP, _RIGHT, _TOP, _BOTTOM = 6.0, 15.0, 4.0, 5.0, 10.0
_IMAGE_WIDTH, _IMAGE_HEIGHT = 108.0, 130.0  # at most
_BETWEEN = 13.0  # phases and histogram
_HISTOGRAM_HEIGHT = 22.0  # at least
_TINT = 0.35
_BAR_SHARE = 0.22  # of the image's width, at most
_BINS = 128
_CHARACTERS_PER_MM = 0.78  # of the caption


@styled
def overlay_figure(micrograph: Micrograph, extraction: Extraction) -> Figure:
    """The profiles over the micrograph, the phases, and the grey values that tell them apart.

    Args:
        micrograph: The image.
        extraction: What was taken from it.

    Rank-local: call on one rank.
    """
    rows, columns = micrograph.gray.shape
    height = min(_IMAGE_WIDTH * rows / columns, _IMAGE_HEIGHT)
    width = height * columns / rows
    side = DOUBLE_COLUMN - _LEFT - width - _GAP - _RIGHT
    phases = min(side * rows / columns, 0.5 * _IMAGE_HEIGHT)
    inner = max(height, phases + _BETWEEN + _HISTOGRAM_HEIGHT)
    figure = new_figure(DOUBLE_COLUMN, _TOP + inner + _BOTTOM, arrange=False)
    start = _LEFT + width + _GAP
    panels = {
        "image": _panel(figure, _LEFT, _TOP, width, height),
        "phases": _panel(figure, start, _TOP, side, phases),
        "histogram": _panel(
            figure, start, _TOP + phases + _BETWEEN, side, inner - phases - _BETWEEN
        ),
    }
    draw_overlay(panels["image"], micrograph, extraction)
    panels["image"].annotate(
        textwrap.fill(_caption(micrograph, extraction), int(_CHARACTERS_PER_MM * width)),
        (0, 0),
        xytext=(0, -4),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        fontsize=SMALL_FONT_SIZE,
    )
    _draw_phases(panels["phases"], micrograph, extraction)
    _draw_histogram(panels["histogram"], micrograph, extraction)
    panel_letter(panels["image"], "a")
    panel_letter(panels["phases"], "b")
    panel_letter(panels["histogram"], "c", pad=19.0)  # above the legend
    return figure


def draw_overlay(axes: Axes, micrograph: Micrograph, extraction: Extraction) -> None:
    """The image with its profiles and a scale bar in given axes."""
    _show(axes, micrograph)
    for index, extracted in enumerate(extraction.profiles):
        _draw_profile(axes, extracted, index)
    points = [np.column_stack([one.pixel_columns, one.pixel_rows]) for one in extraction.profiles]
    draw_scale_bar(axes, micrograph, np.concatenate(points))


def _panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place given in mm from the upper left corner."""
    total = figure.get_figheight() / MM
    box = (left / DOUBLE_COLUMN, 1 - (top + height) / total, width / DOUBLE_COLUMN, height / total)
    return figure.add_axes(box)


def _extent(micrograph: Micrograph) -> tuple[float, float, float, float]:
    """Edges of the part shown, in pixels of the file: left, right, bottom, top."""
    row0, row1, column0, column1 = micrograph.crop
    return column0 - 0.5, column1 - 0.5, row1 - 0.5, row0 - 0.5


def _show(axes: Axes, micrograph: Micrograph) -> None:
    # stretched to what occurs: labels 0 and 1 in eight bits would be black
    axes.imshow(micrograph.gray, cmap="gray", extent=_extent(micrograph))
    axes.set_anchor("NW")
    axes.set_axis_off()


def _draw_profile(axes: Axes, extracted: ExtractedProfile, index: int) -> None:
    colour = line_colour(index)
    row0, row1, column0, column1 = extracted.window
    line = _sampling_line(extracted)
    if line is None:
        corner = (column0 - 0.5, row0 - 0.5)
        size = (column1 - column0, row1 - row0)
        axes.add_patch(Rectangle(corner, *size, fill=False, ec=colour, lw=0.5, ls=(0, (3, 2))))
    else:
        axes.plot(*line, color=colour, lw=0.5, ls=(0, (3, 2)), gid=f"line {index + 1}")
    halo = [Stroke(linewidth=1.8, foreground="white", alpha=0.8), Normal()]
    axes.plot(
        extracted.pixel_columns,
        extracted.pixel_rows,
        color=colour,
        lw=0.9,
        path_effects=halo,
        gid=f"profile {index + 1}",
    )
    for points in extracted.doubtful:
        axes.plot(*points.T, color=ALARM, lw=2.4, solid_capstyle="butt", gid="doubtful")
    place = ((column0 + column1) / 2, row0) if line is None else (line[0][0], line[1][0])
    axes.annotate(
        str(index + 1),
        place,
        xytext=(0, 6) if line is None else (-6, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        color="white",
        fontweight="bold",
        bbox={"boxstyle": "circle,pad=0.2", "fc": colour, "ec": "white", "lw": 0.5},
    )


def _sampling_line(extracted: ExtractedProfile) -> tuple[list[float], list[float]] | None:
    """Columns and rows of the ends of the line in the file, if there is a line."""
    metadata = extracted.profile.metadata
    if "sampling_line_row" not in metadata:
        return None
    *_, column0, column1 = extracted.window
    row = float(metadata["sampling_line_row"])
    fall = -math.tan(math.radians(float(metadata["rotated_degrees"])))
    if metadata["electrolyte_in_image"] == "below":
        fall = -fall
    return [column0, column1 - 1], [row, row + fall * (column1 - 1 - column0)]


def draw_scale_bar(axes: Axes, micrograph: Micrograph, points: Array) -> None:
    """In the lower or upper corner where the fewest of the points ``(n, 2)`` are."""
    left, right, bottom, top = _extent(micrograph)
    length = round_length(_BAR_SHARE * micrograph.width)
    bar = length / micrograph.pixel_size
    width, height = bar + 0.05 * (right - left), 0.08 * (bottom - top)
    gap = 0.02 * (right - left)
    corners = [
        (x, y)
        for y in (bottom - gap - height, top + gap)
        for x in (right - gap - width, left + gap)
    ]
    x, y = min(corners, key=lambda corner: _points_within(corner, (width, height), points))
    axes.add_patch(Rectangle((x, y), width, height, fc=to_rgba(BLACK, 0.65), ec="none", zorder=5))
    start = x + (width - bar) / 2
    axes.plot(
        [start, start + bar],
        [y + 0.75 * height] * 2,
        color="white",
        lw=2.0,
        solid_capstyle="butt",
        zorder=6,
        gid="scale bar",
    )
    axes.text(
        x + width / 2,
        y + 0.38 * height,
        length_text(length),
        color="white",
        ha="center",
        va="center",
        zorder=6,
    )


def _points_within(corner: tuple[float, float], size: tuple[float, float], points: Array) -> int:
    centre = np.array(corner) + np.array(size) / 2
    return int(np.all(np.abs(points - centre) < np.array(size) / 2, axis=1).sum())


def _is_electrolyte(extraction: Extraction) -> npt.NDArray[np.bool_]:
    count = len(extraction.thresholds) + 1
    return np.isin(extraction.labels, [phase % count for phase in extraction.phases])


def _draw_phases(axes: Axes, micrograph: Micrograph, extraction: Extraction) -> None:
    _show(axes, micrograph)
    tint = np.zeros((*extraction.labels.shape, 4))
    tint[_is_electrolyte(extraction)] = to_rgba(SKY, _TINT)
    axes.imshow(tint, extent=_extent(micrograph), interpolation="nearest")
    for index, one in enumerate(extraction.profiles):
        axes.plot(one.pixel_columns, one.pixel_rows, color=line_colour(index), lw=0.6)


def _draw_histogram(axes: Axes, micrograph: Micrograph, extraction: Extraction) -> None:
    electrolyte = _is_electrolyte(extraction)
    gray = micrograph.gray
    low, high = float(gray.min()), float(gray.max())
    edges = np.linspace(low, high, _BINS + 1)
    share = 100 / gray.size
    other = np.histogram(gray[~electrolyte], edges)[0] * share
    chosen = np.histogram(gray[electrolyte], edges)[0] * share
    axes.stairs(other, edges, fill=True, color=OTHER_PHASE, lw=0)
    axes.stairs(other + chosen, edges, baseline=other, fill=True, color=SKY, lw=0)
    entries: list[Artist] = [
        Patch(color=SKY, label="electrolyte"),
        Patch(color=OTHER_PHASE, label="other"),
    ]
    if extraction.feature.startswith("grey value"):
        for threshold in extraction.thresholds:
            line = axes.axvline(threshold, color=BLACK, lw=0.7, ls="--", label="threshold")
        entries.append(line)
    axes.set(xlabel="grey value", ylabel="share of pixels (%)")
    axes.set_xlim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    axes.legend(
        handles=entries,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.02),
        ncols=3,
        handlelength=1.2,
        columnspacing=0.9,
    )


def _caption(micrograph: Micrograph, extraction: Extraction) -> str:
    parts = [
        Path(micrograph.source).name,
        f"pixel {length_text(micrograph.pixel_size)} ({micrograph.pixel_size_source})",
        f"{extraction.method} by {extraction.feature}",
    ]
    if extraction.feature.startswith("grey value"):
        values = ", ".join(f"{value:.3f}" for value in extraction.thresholds)
        parts.append(f"threshold {values}")
    if any(one.doubtful for one in extraction.profiles):
        parts.append("red: no edge is seen there")
    if extraction.tilt_degrees:
        parts.append(f"tilt of {extraction.tilt_degrees:.1f}° rotated out")
    return "; ".join(parts)
