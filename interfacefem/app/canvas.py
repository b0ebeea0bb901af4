# SPDX-License-Identifier: BSD-3-Clause
"""The image of the page and what lies over it: line, strokes, pieces, ranges."""

from __future__ import annotations

from collections.abc import Sequence

from bokeh.models import ColumnDataSource, PanTool, Range1d, WheelZoomTool
from bokeh.plotting import figure

from interfacefem.app.answers import Line, Picture
from interfacefem.images.guide import Guide

_ORANGE, _BLUE, _RED, _GREEN, _PURPLE = "#ff9d00", "#1fb6ff", "#ff2f2f", "#00c46a", "#c45bff"
_MOST_HANDLES = 60  # points of a piece that can be taken hold of


class Canvas:
    """The figure, in pixels of the file, rows downward."""

    def __init__(self) -> None:
        self.figure = plot = figure(
            name="image", tools=[], toolbar_location=None, x_range=Range1d(0, 1),
            y_range=Range1d(1, 0), sizing_mode="stretch_width", aspect_ratio=1.0, min_border=0,
            outline_line_color=None, background_fill_color="#111",
        )  # fmt: skip
        plot.axis.visible = False
        plot.grid.visible = False
        self.pan, wheel = PanTool(), WheelZoomTool()
        plot.add_tools(self.pan, wheel)
        plot.toolbar.active_drag = None
        plot.toolbar.active_scroll = wheel

        def source(*names: str) -> ColumnDataSource:
            return ColumnDataSource({name: [] for name in names})

        self._picture = source("url", "x", "y", "w", "h")
        self._box = source("left", "right", "bottom", "top")
        self._ranges = source("left", "right", "bottom", "top")
        self._strokes = source("xs", "ys", "color", "width")
        self._lines, self._doubtful, self.pieces = (source("xs", "ys") for _ in range(3))
        self.rows, self.columns = 1, 1
        self.vertices = source("x", "y", "piece", "vertex")
        self.draft = source("xs", "ys")
        self.corners = source("x", "y")
        plot.image_url("url", "x", "y", "w", "h", anchor="top_left", source=self._picture)
        plot.quad(
            "left", "right", "bottom", "top", source=self._ranges, fill_color=_RED, fill_alpha=0.25,
            line_color=None,
        )  # fmt: skip
        plot.quad(
            "left", "right", "bottom", "top", source=self._box, fill_color=None,
            line_color="white", line_dash="dashed",
        )  # fmt: skip
        plot.multi_line(
            "xs", "ys", source=self._strokes, line_color="color", line_width="width",
            line_alpha=0.35, line_cap="round",
        )  # fmt: skip
        plot.multi_line("xs", "ys", source=self._lines, line_color="black", line_width=3.5,
                        line_alpha=0.6)  # fmt: skip
        plot.multi_line("xs", "ys", source=self._lines, line_color=_ORANGE, line_width=1.8)
        plot.multi_line("xs", "ys", source=self.pieces, line_color=_BLUE, line_width=1.5)
        plot.multi_line("xs", "ys", source=self._doubtful, line_color=_RED, line_width=3)
        plot.scatter("x", "y", source=self.vertices, size=7, fill_color=_BLUE,
                     line_color="white")  # fmt: skip
        plot.multi_line("xs", "ys", source=self.draft, line_color=_PURPLE, line_width=2.5)
        plot.scatter("x", "y", source=self.corners, size=6, fill_color=_PURPLE,
                     line_color="white")  # fmt: skip

    def show_picture(self, picture: Picture | None) -> None:
        """Show an image whole; None: none can be shown."""
        if picture is None:
            self._picture.data = {name: [] for name in self._picture.data}
            return
        rows, columns = self.rows, self.columns = picture.rows, picture.columns
        self._picture.data = {
            "url": [picture.url], "x": [-0.5], "y": [-0.5], "w": [columns], "h": [rows],
        }  # fmt: skip
        self.figure.aspect_ratio = columns / rows
        self.figure.x_range.update(start=-0.5, end=columns - 0.5)
        self.figure.y_range.update(start=rows - 0.5, end=-0.5)

    def show_guide(self, guide: Guide) -> None:
        """Show what was drawn."""
        colours = {"electrolyte": _GREEN, "other": _PURPLE}
        self._strokes.data = {
            "xs": [[x for x, _ in one.points] for one in guide.strokes],
            "ys": [[y for _, y in one.points] for one in guide.strokes],
            "color": [colours[one.label] for one in guide.strokes],
            "width": [one.width for one in guide.strokes],
        }
        self.pieces.data = {
            "xs": [[x for x, _ in one.points] for one in guide.boundary],
            "ys": [[y for _, y in one.points] for one in guide.boundary],
        }
        vertices = [
            (x, y, piece, vertex)
            for piece, one in enumerate(guide.boundary)
            for vertex, (x, y) in enumerate(one.points)
            if len(one.points) <= _MOST_HANDLES
        ]
        self.vertices.data = {
            name: [one[place] for one in vertices]
            for place, name in enumerate(("x", "y", "piece", "vertex"))
        }
        self._ranges.data = {
            "left": [low for low, _ in guide.dropped],
            "right": [high for _, high in guide.dropped],
            "bottom": [self.rows] * len(guide.dropped),
            "top": [0] * len(guide.dropped),
        }
        self.draft.data = {"xs": [], "ys": []}
        self.corners.data = {"x": [], "y": []}

    def show_line(self, line: Line) -> None:
        """Show what it leads to."""
        self._lines.data = _columns(line.sections)
        self._doubtful.data = _columns(line.doubtful)
        crop = line.crop
        self._box.data = {
            "left": [] if crop is None else [crop[2] - 0.5],
            "right": [] if crop is None else [crop[3] - 0.5],
            "top": [] if crop is None else [crop[0] - 0.5],
            "bottom": [] if crop is None else [crop[1] - 0.5],
        }


def _columns(lines: Sequence[tuple[list[float], list[float]]]) -> dict[str, list[list[float]]]:
    return {"xs": [x for x, _ in lines], "ys": [y for _, y in lines]}
