# SPDX-License-Identifier: BSD-3-Clause
"""Figures as SVG inside a page: scalable, legible to a screen reader, points that are links."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.report.style import STYLE, save_page_figure

_POINTS_PER_INCH = 72
# a page is read from further away than print, and its figures shrink on a phone
WEB_STYLE = {
    **STYLE,
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
}
_RADIUS = 1.8
_REACH = 3.5  # around a point, for a finger


@dataclass(frozen=True)
class LinkedPoint:
    """A data point that leads somewhere.

    Attributes:
        axes: That it is drawn in.
        x: In data units.
        y: In data units.
        href: Where it leads.
        title: What is said of it.
        colour: As ``#rrggbb``.
    """

    axes: Axes
    x: float
    y: float
    href: str
    title: str
    colour: str


def inline_svg(figure: Figure, name: str, description: str, points: Sequence[LinkedPoint]) -> str:
    """A figure as an ``svg`` element.

    Args:
        figure: Is laid out here.
        name: Unique in the page; identifiers in the drawing begin with it.
        description: Read out in place of the drawing.
        points: Drawn over the figure, each a link.
    """
    save_page_figure(figure, description)
    stream = io.BytesIO()
    with matplotlib.rc_context({**WEB_STYLE, "svg.hashsalt": name}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue().decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # pages hold many drawings, and an identifier is for the whole page
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r'xlink:href="#', f'xlink:href="#{name}-', text)
    head = f'<svg role="img" aria-label="{escape(description)}" class="figure"'
    text = re.sub(r"<svg", head, text, count=1)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", text, count=1)
    colours = dict.fromkeys(point.colour for point in points)
    links = "".join(
        f'<g fill="{colour}">'
        + "".join(_link(figure, point) for point in points if point.colour == colour)
        + "</g>"
        for colour in colours
    )
    group = (
        f'<g class="points" fill-opacity="0.45" stroke="transparent" '
        f'stroke-width="{2 * (_REACH - _RADIUS):g}" pointer-events="all">{links}</g>'
    )
    return text.replace("</svg>", f"{group}</svg>").strip()


def _link(figure: Figure, point: LinkedPoint) -> str:
    x, y = point.axes.transData.transform((point.x, point.y))
    scale = _POINTS_PER_INCH / figure.dpi
    x, y = x * scale, figure.get_figheight() * _POINTS_PER_INCH - y * scale
    return (
        f'<a href="{escape(point.href)}"><title>{escape(point.title)}</title>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}"/></a>'
    )
