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

_BAND = 0.25  # opacity
Curves = Mapping[str, Sequence[tuple[float, float]]]


@styled
def stress_ratio_figure(
    rows: Sequence[dict[str, Any]], depth_um: float, curves: Curves | None = None
) -> Figure:
    """Stress ratio and contact fraction against the mean pressure; as Tran (2025), Fig. 4j.

    Args:
        rows: For each ``p_mean_MPa`` the ``stress_ratio`` and ``contact_fraction``: a number, or a
            summary with ``mean``, ``ci95_low``, ``ci95_high``; None where it is not formed.
        depth_um: Reference depth of the ratio.
        curves: Points (pressure, ratio) of single lines by name, drawn behind the mean.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 58.0)
    ratio, contact = figure.subplots(1, 2)
    for index, (name, points) in enumerate((curves or {}).items()):
        if points:
            colour = line_colour(index)
            ratio.plot(*zip(*points, strict=True), color=colour, lw=0.6, label=name)
    _draw_summaries(ratio, rows, "stress_ratio")
    _draw_summaries(contact, rows, "contact_fraction")
    ratio.axhline(1.0, color=GREY, lw=0.6, ls=":")
    ratio.set_ylabel(f"stress ratio, {depth_um:g} µm below")
    contact.set(ylabel="contact fraction", ylim=(0, None))
    for axes, letter in ((ratio, "a"), (contact, "b")):
        axes.set(xscale="log", xlabel="mean pressure (MPa)")
        _plain_decades(axes)
        panel_letter(axes, letter)
    if curves or any(isinstance(row["stress_ratio"], dict) for row in rows):
        handles, labels = ratio.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


@styled
def contact_limited_figure(rows: Sequence[dict[str, Any]]) -> Figure:
    """Hot-spot factor of each line, and its contact fraction, against the stack pressure.

    Args:
        rows: With ``line``, ``stack_pressure_MPa``, ``hot_spot_factor``, ``contact_fraction``.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 62.0)
    panels = figure.subplots(1, 2)
    keys = {"hot_spot_factor": "hot-spot factor", "contact_fraction": "contact fraction"}
    for axes, letter, (key, name) in zip(panels, "ab", keys.items(), strict=True):
        for index, line in enumerate(sorted({row["line"] for row in rows})):
            points = [
                (row["stack_pressure_MPa"], row[key])
                for row in rows
                if row["line"] == line and row[key] is not None
            ]
            if points:
                axes.plot(
                    *zip(*points, strict=True), "o-", ms=2.5, lw=0.8,
                    color=line_colour(index), label=f"line {line}",
                )  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="stack pressure (MPa)", ylabel=name)
        _plain_decades(axes)
        panel_letter(axes, letter)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _draw_summaries(axes: Axes, rows: Sequence[dict[str, Any]], key: str) -> None:
    known = [(row["p_mean_MPa"], row[key]) for row in rows if row[key] is not None]
    if not known:
        return
    if not isinstance(known[0][1], dict):
        axes.plot(*zip(*known, strict=True), "o-", ms=2.5, color=BLUE)
        return
    pressures = [pressure for pressure, _ in known]
    axes.plot(
        pressures, [found["mean"] for _, found in known], "D-", ms=2.8, color=BLACK, label="mean"
    )
    banded = [(p, s["ci95_low"], s["ci95_high"]) for p, s in known if s["ci95_low"] is not None]
    if banded:
        places, lows, highs = zip(*banded, strict=True)
        axes.fill_between(
            places, lows, highs, color=GREY, alpha=_BAND, lw=0, label="95 % interval of the mean"
        )


def _plain_decades(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
