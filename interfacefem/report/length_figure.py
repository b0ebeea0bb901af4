# SPDX-License-Identifier: BSD-3-Clause
"""How the excess grows with the length that it is read over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from interfacefem.report.style import (
    BLACK,
    GREY,
    SINGLE_COLUMN,
    SMALL_FONT_SIZE,
    line_colour,
    new_figure,
    plain_log_ticks,
    styled,
)


@styled
def length_figure(
    curves: Sequence[tuple[str, Sequence[dict[str, Any]]]], reference_length_um: float
) -> Figure:
    """Excess over windows of several lengths, on logarithmic axes.

    Args:
        curves: Name and rows (``length_um``, ``excess``) of each section or image.
        reference_length_um: Marked: the length of the values that are reported.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 62.0)
    draw_lengths(figure.subplots(), curves, reference_length_um)
    return figure


def draw_lengths(
    axes: Axes,
    curves: Sequence[tuple[str, Sequence[dict[str, Any]]]],
    reference_length_um: float,
) -> None:
    """What :func:`length_figure` shows, in axes that are given."""
    lengths = sorted({row["length_um"] for _, rows in curves for row in rows})
    drawn = 0
    for index, (name, rows) in enumerate(curves):
        known = [(row["length_um"], row["excess"]) for row in rows if row["excess"]]
        if known:
            colour = BLACK if len(curves) == 1 else line_colour(index)
            axes.plot(*zip(*known, strict=True), "o-", ms=3.0, color=colour, label=name)
            drawn += 1
    axes.axvline(reference_length_um, color=GREY, lw=0.6, ls=":")
    axes.annotate(
        f"reference {reference_length_um:g} µm", (reference_length_um, 0),
        xycoords=("data", "axes fraction"), xytext=(-2, 3), textcoords="offset points",
        ha="right", va="bottom", rotation=90, fontsize=SMALL_FONT_SIZE, color=GREY,
    )  # fmt: skip
    axes.set(xscale="log", xlabel="length of a window (µm)")
    axes.set_ylabel(r"$i_\mathrm{max}/i_\mathrm{min} - 1$, geometric mean")
    if drawn:
        axes.set_yscale("log")
        plain_log_ticks(axes.yaxis)
    axes.set_xticks(lengths, [f"{length:g}" for length in lengths])
    axes.xaxis.set_minor_locator(NullLocator())
    if drawn > 1:
        axes.legend(loc="lower right", ncols=1 if drawn < 6 else 2)
