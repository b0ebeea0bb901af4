# SPDX-License-Identifier: BSD-3-Clause
"""How the current ratio depends on the low-pass cutoff of the profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from interfacefem.report.style import (
    BLACK,
    SINGLE_COLUMN,
    line_colour,
    new_figure,
    panel_letter,
    styled,
)

_AS_TAKEN = "as taken"


@styled
def sensitivity_figure(
    lines: Sequence[dict[str, Any]], cutoffs: Sequence[dict[str, Any]], uncertainty: dict[str, Any]
) -> Figure:
    """``i_ratio - 1`` of each line against the cutoff, and the three sources of uncertainty.

    Args:
        lines: Rows with ``line`` and ``i_ratio`` as taken.
        cutoffs: Rows with ``line``, ``cutoff_um`` and ``i_ratio``.
        uncertainty: Parts ``mesh``, ``cutoff``, ``lines``: relative errors of the mean, or None.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 62.0)
    curves, parts = figure.subplots(1, 2, width_ratios=[1.5, 1])
    lengths = sorted({row["cutoff_um"] for row in cutoffs})
    places = {length: place for place, length in enumerate(lengths, start=1)}
    for index, line in enumerate(lines):
        points = [(0, line["i_ratio"])] + [
            (places[row["cutoff_um"]], row["i_ratio"])
            for row in cutoffs
            if row["line"] == line["line"]
        ]
        known = [(x, ratio - 1) for x, ratio in points if ratio is not None and ratio > 1]
        if known:
            curves.plot(
                *zip(*known, strict=True),
                "o-",
                ms=3.0,
                color=line_colour(index),
                label=f"line {line['line']}",
            )
    curves.set_yscale("log")
    curves.set(xlabel="low-pass cutoff (µm)", ylabel=r"$i_\mathrm{max}/i_\mathrm{min} - 1$")
    curves.set_xticks(
        range(len(lengths) + 1), [_AS_TAKEN, *(f"{length:.2g}" for length in lengths)]
    )
    curves.tick_params(axis="x", labelrotation=30)
    names = ("mesh", "cutoff", "lines")
    known_parts = [(name, uncertainty[name]) for name in names if uncertainty[name]]
    parts.plot(
        [100 * value for _, value in known_parts],
        [name for name, _ in known_parts],
        "D",
        ms=4.0,
        color=BLACK,
    )
    parts.set_xscale("log")
    parts.margins(x=0.15, y=0.3)
    parts.grid(axis="x", lw=0.3)
    parts.set(xlabel="uncertainty of the\nmean of (ratio - 1) (%)")
    panel_letter(curves, "a")
    panel_letter(parts, "b")
    figure.legend(loc="outside upper center", ncols=3)
    return figure
