# SPDX-License-Identifier: BSD-3-Clause
"""How much the descriptors differ between the sampling lines of one image."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.report.style import (
    BLACK,
    GREY,
    SINGLE_COLUMN,
    SMALL_FONT_SIZE,
    line_colour,
    new_figure,
    number_texts,
    panel_letter,
    round_ticks,
    styled,
)
from interfacefem.statistics.summary import summarize

_SMALLEST_SPAN = 0.05  # above 1, so that nearly uniform currents look so
_MARGIN = 0.06


@styled
def lines_figure(
    labels: Sequence[str],
    i_ratio: Sequence[float | None],
    hot_spot_factor: Sequence[float | None],
) -> Figure:
    """``i_max/i_min`` and hot-spot factor of each line, their mean and its 95 % interval.

    Args:
        labels: One short name for each line.
        i_ratio: ``i_max/i_min`` of each line; None where it could not be formed.
        hot_spot_factor: ``i_max/i_app`` of each line.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 58.0)
    panels = figure.subplots(1, 2)
    _draw_dots(panels[0], labels, i_ratio, r"$i_\mathrm{max}\,/\,i_\mathrm{min}$")
    factor = r"hot-spot factor  $i_\mathrm{max}\,/\,i_\mathrm{app}$"
    _draw_dots(panels[1], labels, hot_spot_factor, factor)
    panel_letter(panels[0], "a")
    panel_letter(panels[1], "b")
    return figure


def _draw_dots(
    axes: Axes, labels: Sequence[str], values: Sequence[float | None], name: str
) -> None:
    axes.axhline(1.0, color=GREY, lw=0.6, ls=":")
    places, names = [float(k) for k in range(len(values))], list(labels)
    title = "no value"
    shown = [1.0, 1.0 + _SMALLEST_SPAN]
    known = {k: value for k, value in enumerate(values) if value is not None}
    for k in range(len(values)):
        if k in known:
            axes.plot(k, known[k], "o", ms=4.0, mew=0, color=line_colour(k), gid="line")
        else:
            axes.text(k, 1.0, "n/a", ha="center", va="bottom", fontsize=SMALL_FONT_SIZE)
    shown += known.values()
    summary = summarize(values)
    if summary is not None and summary.ci95_low is not None and summary.ci95_high is not None:
        interval = [summary.mean, summary.ci95_low, summary.ci95_high]
        places.append(len(values) + 0.3)
        names.append("mean")
        _draw_interval(axes, places[-1], *interval)
        shown += interval
        texts = number_texts(interval)
        title = f"mean {texts[0]}\n95 %: {texts[1]} to {texts[2]}"
    elif summary is not None:
        title = f"{number_texts([summary.mean])[0]} (one line)"
    axes.set(xlim=(-0.6, places[-1] + 0.6), xlabel="line", ylabel=name)
    axes.set_xticks(places, names)
    low, high = min(shown), max(shown)
    axes.set_ylim(low - _MARGIN * (high - low), high + _MARGIN * (high - low))
    axes.yaxis.set_major_locator(round_ticks(5))
    axes.set_title(title, fontsize=SMALL_FONT_SIZE, loc="right", pad=3.0)


def _draw_interval(axes: Axes, place: float, mean: float, low: float, high: float) -> None:
    axes.plot(place, mean, "D", ms=3.6, mew=0, color=BLACK, gid="mean")
    axes.plot([place] * 2, [low, high], color=BLACK, lw=0.9, marker="_", ms=5, gid="interval")
