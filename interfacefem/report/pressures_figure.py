# SPDX-License-Identifier: BSD-3-Clause
"""Stress ratio and contact fraction against pressure; current focusing against stack pressure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from interfacefem.report.style import (
    BLACK,
    BLUE,
    GREY,
    SINGLE_COLUMN,
    line_colour,
    new_figure,
    panel_letter,
    styled,
)

Curves = Mapping[str, Sequence[tuple[float, float]]]


@styled
def stress_ratio_figure(
    rows: Sequence[dict[str, Any]], depth_um: float, curves: Curves | None = None
) -> Figure:
    """Stress ratio and contact fraction against the mean pressure; as Tran (2025), Fig. 4j.

    Args:
        rows: For each ``p_mean_MPa`` the ``stress_ratio`` and ``contact_fraction``; None where it
            is not formed.
        depth_um: Reference depth of the ratio.
        curves: Points (pressure, ratio) of single sections by name, drawn behind their mean; one
            alone is the mean.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 58.0)
    ratio, contact = figure.subplots(1, 2)
    several = len(curves or {}) > 1
    for index, (name, points) in enumerate((curves or {}).items()):
        if points and several:
            colour = line_colour(index)
            ratio.plot(*zip(*points, strict=True), color=colour, lw=0.6, label=name)
    colour = BLACK if several else BLUE
    for axes, key in ((ratio, "stress_ratio"), (contact, "contact_fraction")):
        known = [(row["p_mean_MPa"], row[key]) for row in rows if row[key] is not None]
        if known:
            axes.plot(*zip(*known, strict=True), "o-", ms=2.5, color=colour, label="mean")
    ratio.axhline(1.0, color=GREY, lw=0.6, ls=":")
    ratio.set_ylabel(f"stress ratio, {depth_um:g} µm below")
    contact.set(ylabel="contact fraction", ylim=(0, None))
    for axes, letter in ((ratio, "a"), (contact, "b")):
        axes.set(xscale="log", xlabel="mean pressure (MPa)")
        _plain_decades(axes)
        panel_letter(axes, letter)
    if several:
        handles, labels = ratio.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


@styled
def contact_limited_figure(rows: Sequence[dict[str, Any]]) -> Figure:
    """Hot-spot factor of each section, and its contact fraction, against the stack pressure.

    Args:
        rows: With ``section``, ``stack_pressure_MPa``, ``hot_spot_factor``, ``contact_fraction``.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 62.0)
    panels = figure.subplots(1, 2)
    keys = {"hot_spot_factor": "hot-spot factor", "contact_fraction": "contact fraction"}
    for axes, letter, (key, name) in zip(panels, "ab", keys.items(), strict=True):
        for index, section in enumerate(sorted({row["section"] for row in rows})):
            points = [
                (row["stack_pressure_MPa"], row[key])
                for row in rows
                if row["section"] == section and row[key] is not None
            ]
            if points:
                axes.plot(
                    *zip(*points, strict=True), "o-", ms=2.5, lw=0.8,
                    color=line_colour(index), label=f"section {section}",
                )  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="stack pressure (MPa)", ylabel=name)
        _plain_decades(axes)
        panel_letter(axes, letter)
    handles, labels = panels[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _plain_decades(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
