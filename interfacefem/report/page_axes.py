# SPDX-License-Identifier: BSD-3-Clause
"""Axes of a page's many figures, without what costs matplotlib most: ticks of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib import markers
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from interfacefem.report.style import STYLE


def page_subplots(figure: Figure, rows: int = 1, columns: int = 1) -> Any:
    """Axes by row and column that share their ranges."""
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat:
        # a spine's extent is that of its ticks, which would be found anew for each of the four
        for spine in axes.spines.values():
            spine.set_in_layout(False)
    return panels


def minor_ticks(axes: Axes, which: str, values: Sequence[float]) -> None:
    """Small ticks of one axis, all of them one line: ticks of matplotlib take a millisecond each.

    Args:
        axes: With its final range.
        which: ``x`` or ``y``.
        values: Where, in data units; those outside of the range are left out.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_minor_locator(NullLocator())
    low, high = sorted(axis.get_view_interval())
    inside = [value for value in values if low <= value <= high]
    edge = [0.0] * len(inside)
    x, y = (inside, edge) if which == "x" else (edge, inside)
    (line,) = axes.plot(
        x, y, ls="none", color="black", clip_on=False, scalex=False, scaley=False, label="_ticks",
        marker=markers.TICKDOWN if which == "x" else markers.TICKLEFT,
        ms=STYLE[f"{which}tick.minor.size"], mew=STYLE[f"{which}tick.minor.width"],
        transform=axes.get_xaxis_transform() if which == "x" else axes.get_yaxis_transform(),
    )  # fmt: skip
    line.set_in_layout(False)


def decade_parts(low: float, high: float) -> list[float]:
    """2, 3, ... 9 times each power of ten about a range of positive numbers."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    return [part * 10.0**power for power in powers for part in range(2, 10)]
