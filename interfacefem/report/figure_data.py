# SPDX-License-Identifier: BSD-3-Clause
"""The numbers behind a figure, read from what is drawn: they cannot differ from the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.collections as collections
import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import StepPatch

from interfacefem.files import csv_text, write_text_atomically

_MOST_CELLS = 50_000  # of a map; a larger one is thinned evenly, which its series says


@dataclass(frozen=True)
class _Series:
    """What one artist shows: places in the units of the axes, and a value where it is a map."""

    name: str
    x: Any
    y: Any
    value: Any = None


def figure_data(figure: Figure) -> list[dict[str, object]]:
    """One row for each point drawn: panel, series, x, y, value, and what the axes are called.

    Photographs, areas that only separate, and lines drawn over the whole panel as an aid (a level,
    a reference length) are left out where they carry no data.

    Args:
        figure: As it was drawn.
    """
    rows: list[dict[str, object]] = []
    panels = [axes for axes in figure.axes if not hasattr(axes, "_colorbar")]
    bars = {axes._colorbar.mappable: axes for axes in figure.axes if hasattr(axes, "_colorbar")}
    for number, axes in enumerate(panels, start=1):
        panel = axes.get_title(loc="left") or str(number)
        for artist, series in _series_of(axes):
            bar = bars.get(artist)
            names = {
                "x_axis": _axis_name(axes, "x"),
                "y_axis": _axis_name(axes, "y"),
                "value_axis": "" if bar is None else bar.get_ylabel() or bar.get_xlabel(),
            }
            x, y = np.ravel(series.x), np.ravel(series.y)
            values = np.ravel(series.value) if series.value is not None else np.full(len(x), None)
            named = {"panel": panel, "series": series.name}
            for along, height, value in zip(x.tolist(), y.tolist(), values.tolist(), strict=True):
                rows.append({**named, "x": along, "y": height, "value": value, **names})
    return rows


def _axis_name(axes: Axes, which: str) -> str:
    """Label of an axis, or of the panel below or beside that shares it."""
    shared = axes.get_shared_x_axes() if which == "x" else axes.get_shared_y_axes()
    labels = (
        str(getattr(one, f"get_{which}label")()) for one in [axes, *shared.get_siblings(axes)]
    )
    return next((label for label in labels if label), "")


def write_figure_data(figure: Figure, path: Path) -> None:
    """Write :func:`figure_data` as CSV; nothing for a figure that shows a photograph alone."""
    rows = figure_data(figure)
    if rows:
        write_text_atomically(path, csv_text(rows))


def _series_of(axes: Axes) -> Iterator[tuple[Any, _Series]]:
    in_bars = {bar for box in axes.containers if isinstance(box, BarContainer) for bar in box}
    for box in axes.containers:
        if isinstance(box, BarContainer):
            yield from ((box, series) for series in _of_bars(axes, box))
    for index, line in enumerate(axes.lines, start=1):
        # one point without a name is an ornament, such as the head of an arrow
        named = not _name(line, "").startswith("_") and bool(_name(line, ""))
        if line.get_transform() == axes.transData and np.size(line.get_xdata()) > (not named):
            name = _name(line, f"line {index}")
            yield line, _Series(name, line.get_xdata(), line.get_ydata())
    for patch in axes.patches:
        if isinstance(patch, StepPatch) and patch not in in_bars:
            values, edges, _ = patch.get_data()
            yield patch, _Series(_name(patch, "steps"), (edges[:-1] + edges[1:]) / 2, values)
    for index, collection in enumerate(axes.collections, start=1):
        found = _of_collection(axes, collection, index)
        if found is not None:
            yield collection, found
    for image in axes.images:
        found = _of_image(image)
        if found is not None:
            yield image, found


def _name(artist: Any, otherwise: str) -> str:
    label = str(artist.get_label() or "")
    gid = getattr(artist, "get_gid", lambda: None)()
    return gid or (otherwise if not label or label.startswith("_") else " ".join(label.split()))


def _of_bars(axes: Axes, box: BarContainer) -> Iterator[_Series]:
    """Each bar by the name at its foot, where there is one."""
    lying = box.orientation == "horizontal"
    axis = axes.yaxis if lying else axes.xaxis
    feet = dict(
        zip(axis.get_ticklocs(), (t.get_text() for t in axis.get_ticklabels()), strict=True)
    )
    for bar in box:
        x, y = bar.get_x(), bar.get_y()
        width, height = bar.get_width(), bar.get_height()
        foot, ends = (y + height / 2, (x, x + width)) if lying else (x + width / 2, (y, y + height))
        name = feet.get(foot, "") or _name(box, "bars")
        places = ([foot, foot], list(ends))
        yield _Series(name, *(places[::-1] if lying else places))


def _is(artist: object, kind: type) -> bool:
    # matplotlib's own annotations say less than the artists hold
    return isinstance(artist, kind)


def _of_collection(axes: Axes, artist: Any, index: int) -> _Series | None:
    values = artist.get_array()
    name = _name(artist, f"{type(artist).__name__} {index}")
    if _is(artist, collections.QuadMesh) and values is not None:
        corners = artist.get_coordinates()
        at_corners = np.size(values) == corners[..., 0].size
        centres = corners if at_corners else (corners[:-1, :-1] + corners[1:, 1:]) / 2
        shape = centres.shape[:2]
        return _thinned(name, centres[..., 0], centres[..., 1], np.ma.filled(
            np.ma.asarray(values, dtype=float).reshape(shape), np.nan))  # fmt: skip
    if _is(artist, collections.TriMesh) and values is not None:
        mesh = artist._triangulation
        return _thinned(name, mesh.x, mesh.y, np.asarray(values, dtype=float))
    if _is(artist, collections.PathCollection):
        if artist.get_offset_transform() != axes.transData:
            return None
        x, y = np.asarray(np.ma.filled(artist.get_offsets(), np.nan), dtype=float).T
        matches = values is not None and len(values) == len(x)
        return _Series(name, x, y, np.asarray(values, dtype=float) if matches else None)
    if _is(artist, collections.LineCollection):
        segments = [part for part in artist.get_segments() if len(part)]
        if not segments or artist.get_transform() != axes.transData:
            return None
        # shares of a coloured line lie between their ends
        if values is not None and len(values) == len(segments):
            x, y = np.array([part.mean(axis=0) for part in segments]).T
            return _Series(name, x, y, np.asarray(values, dtype=float))
        return _Series(name, *np.concatenate(segments).T)
    if _is(artist, collections.PolyCollection):
        outlines = [path.vertices for path in artist.get_paths() if len(path.vertices)]
        if not outlines or artist.get_transform() != axes.transData:
            return None
        if values is not None and len(values) == len(outlines):
            x, y = np.array([outline.mean(axis=0) for outline in outlines]).T
            return _thinned(name, x, y, np.asarray(values, dtype=float))
        # an area without a name only separates
        named = name.split()[0] != type(artist).__name__
        return _Series(f"{name} (outline)", *np.concatenate(outlines).T) if named else None
    return None


def _of_image(image: AxesImage) -> _Series | None:
    """A map; not a photograph, whose numbers are those of its own file."""
    values = image.get_array()
    if values is None or values.ndim != 2 or image.cmap.name in ("gray", "grey"):
        return None
    left, right, bottom, top = image.get_extent()
    rows, columns = values.shape
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    first, last = (bottom, top) if image.origin == "lower" else (top, bottom)
    y = first + (np.arange(rows) + 0.5) * (last - first) / rows
    across, along = np.meshgrid(x, y)
    filled = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    return _thinned(_name(image, "map"), across, along, filled)


def _thinned(name: str, x: Any, y: Any, value: Any) -> _Series:
    """Every k-th row and column of a map too large for a table."""
    value = np.asarray(value)
    step = 1
    while value.size / step**value.ndim > _MOST_CELLS:
        step += 1
    every = (slice(None, None, step),) * value.ndim
    name = name if step == 1 else f"{name} (one in {step**value.ndim})"
    return _Series(name, np.asarray(x)[every], np.asarray(y)[every], value[every])
