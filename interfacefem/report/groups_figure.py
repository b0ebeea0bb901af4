# SPDX-License-Identifier: BSD-3-Clause
"""Images by group: each image, the group's geometric mean and its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.report.style import (
    BLACK,
    SINGLE_COLUMN,
    line_colour,
    new_figure,
    panel_letter,
    plain_log_ticks,
    styled,
)


@styled
def groups_figure(
    images: Mapping[str, Sequence[Mapping[str, Any]]], groups: Sequence[Mapping[str, Any]]
) -> Figure:
    """Excess and stress ratio of the images of each group, on logarithmic axes.

    Args:
        images: Objects of single images by name of the group.
        groups: Rows of ``group_results``; all were read over one length.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 62.0)
    for axes, letter, key in zip(
        figure.subplots(1, 2), "ab", ("excess", "stress_ratio"), strict=True
    ):
        draw_groups(axes, images, groups, key)
        panel_letter(axes, letter)
    return figure


def draw_groups(
    axes: Axes,
    images: Mapping[str, Sequence[Mapping[str, Any]]],
    groups: Sequence[Mapping[str, Any]],
    key: str,
) -> None:
    """One panel of :func:`groups_figure`, in axes that are given.

    Args:
        axes: Where.
        images: Objects of single images by name of the group.
        groups: Rows of ``group_results``.
        key: ``excess`` or ``stress_ratio``.
    """
    length = groups[0]["reference_length_um"]
    name = (
        rf"$i_\mathrm{{max}}/i_\mathrm{{min}} - 1$ over {length:.3g} µm"
        if key == "excess"
        else "stress ratio"
    )
    for place, row in enumerate(groups):
        _draw_group(axes, place, images[row["group"]], row, key)
    axes.set(yscale="log", ylabel=name, xlim=(-0.6, len(groups) - 0.4))
    axes.set_xticks(range(len(groups)), [row["group"] for row in groups])
    if len(groups) > 2 or max(len(row["group"]) for row in groups) > 8:
        axes.tick_params(axis="x", labelrotation=30)
    plain_log_ticks(axes.yaxis)


def _draw_group(
    axes: Axes,
    place: int,
    images: Sequence[Mapping[str, Any]],
    row: Mapping[str, Any],
    key: str,
) -> None:
    colour = line_colour(place)
    for image in images:
        if image[key]:
            limit = key == "excess" and image["excess_is_upper_limit"]
            marker = "v" if limit else "o"
            axes.plot(place - 0.15, image[key], marker, ms=3.2, mew=0, color=colour, gid="image")
    if row[key]:
        axes.plot(place + 0.15, row[key], "D", ms=3.8, mew=0, color=BLACK, gid="mean")
    if row[f"{key}_low"] and row[f"{key}_high"]:
        ends = [row[f"{key}_low"], row[f"{key}_high"]]
        axes.plot([place + 0.15] * 2, ends, color=BLACK, lw=0.9, marker="_", ms=5, gid="interval")
