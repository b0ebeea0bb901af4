# SPDX-License-Identifier: BSD-3-Clause
"""What moves the excess of an image or a group: one bar for each source, the largest on top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from interfacefem.report.style import (
    BLACK,
    BLUE,
    GREY,
    SINGLE_COLUMN,
    SMALL_FONT_SIZE,
    VERMILLION,
    new_figure,
    styled,
)

_NAMES = {
    "images": "between images (95 % interval)",
    "mesh": "mesh (error estimate)",
    "threshold": "threshold ± 10 % of the contrast",
    "smoothing": "smoothing: correction; doubled",
    "cutoff": "low-pass cutoff of 8 pixels",
    "overhangs": "overhangs kept or not",
    "method": "contour or sampling lines",
    "ends": "flat run-outs, not mirrors",
}
_LEAST = 1.02  # factor that the axis reaches at least
_TICKS = (1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
_BAR = 0.62  # height of a bar
_ROW, _REST = 5.2, 16.0  # mm


@styled
def budget_figure(entries: Sequence[dict[str, Any]], excess: float | None, title: str) -> Figure:
    """A tornado plot of factors on the excess.

    Args:
        entries: Rows with ``source``, ``factor_low``, ``factor_high``, the largest first.
        excess: Their reference.
        title: What they belong to, with its length.

    Rank-local: call on one rank.
    """
    known = [row for row in entries if row["factor_low"] is not None]
    missing = [row for row in entries if row["factor_low"] is None]
    figure = new_figure(SINGLE_COLUMN, _REST + _ROW * max(len(known), 1))
    axes = figure.subplots()
    reach = _LEAST
    for place, row in enumerate(reversed(known)):
        low, high = row["factor_low"], row["factor_high"]
        axes.barh(place, 1 - low, _BAR, left=low, color=BLUE, lw=0, gid="lower")
        axes.barh(place, high - 1, _BAR, left=1, color=VERMILLION, lw=0, gid="higher")
        reach = max(reach, 1 / low, high)
        for end, side, side_factor in ((low, "right", 0.985), (high, "left", 1 / 0.985)):
            if abs(math.log(end)) >= 0.0005:
                axes.text(
                    end * side_factor, place, _factor_text(end), ha=side, va="center",
                    fontsize=SMALL_FONT_SIZE,
                )  # fmt: skip
    axes.set_yticks(
        range(len(known)), [_NAMES.get(row["source"], row["source"]) for row in reversed(known)]
    )
    axes.tick_params(axis="y", length=0)
    axes.axvline(1.0, color=BLACK, lw=0.6)
    axes.set_xscale("log")
    room = reach ** (1.7 if reach > 1.2 else 1.9)  # for the numbers beside the bars
    axes.set_xlim(1 / room, room)
    chosen = [tick for tick in _TICKS if tick <= reach * 1.001][-1:]
    if reach > _TICKS[-1]:
        chosen = [10.0 ** math.floor(math.log10(reach))]
    axes.set_xticks([*(1 / tick for tick in reversed(chosen)), 1.0, *chosen])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _factor_text(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(r"factor on $i_\mathrm{max}/i_\mathrm{min} - 1$", loc="right")
    title = title if excess is None else f"{title}, excess {excess:.3g}"
    axes.set_title(title, fontsize=SMALL_FONT_SIZE, loc="right", pad=3.0)
    if missing:
        names = ", ".join(row["source"] for row in missing)
        axes.annotate(
            f"not formed: {names}", (1, 0), xycoords="axes fraction", xytext=(0, 3),
            textcoords="offset points", ha="right", fontsize=SMALL_FONT_SIZE, color=GREY,
        )  # fmt: skip
    axes.spines["left"].set_visible(False)
    return figure


def _factor_text(value: float) -> str:
    if abs(value - 1) < 0.095 and value != 1:
        return f"{value:.3f}"
    if not 0.01 <= value < 100:  # few images: an interval over decades
        size = f"{max(value, 1 / value):.2g}"
        return ("" if value > 1 else "1/") + f"{float(size):g}"
    return f"{value:.2g}"
