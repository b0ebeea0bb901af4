# SPDX-License-Identifier: BSD-3-Clause
"""What was drawn in other programs: label masks, ilastik, ImageJ, napari, plain CSV.

Every reader gives pixels of the file, 0 the centre of the first: an edge between rows 50 and 51
comes back at 50.5 from each of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

from interfacefem.errors import ImageError, InputError
from interfacefem.images.boundary import NoBoundaryError, spanning_curve
from interfacefem.images.imagej_roi import read_regions
from interfacefem.images.reading import read_grey_values
from interfacefem.sizes import require_memory
from interfacefem.tables import number_column, read_table

Array: TypeAlias = npt.NDArray[np.floating]

FIELDS = (".tif", ".tiff", ".png", ".npy", ".h5", ".hdf5")
LINES = (".roi", ".zip", ".csv")
_MOST_LABELS = 50
_MOST_POINTS = 20_000
_AWAY = 0.1  # of the height: an outline this far from top and bottom alike says no side
_OPEN_SHAPES = ("path", "line")


def read_drawn_line(path: str | Path, shape: tuple[int, int] | None = None) -> list[Array]:
    """Lines that were drawn, each shape ``(n, 2)``: x and y in pixels of the file.

    Args:
        path: ImageJ's .roi or .zip, napari's CSV of shapes, or a CSV with the columns
            ``x_px,y_px``.
        shape: Rows and columns of the image, by which an outline tells its interface from what runs
            along the frame.

    Raises:
        InputError: The file cannot be read or holds no line.
    """
    path = Path(path)
    if path.suffix.lower() in (".roi", ".zip"):
        return [
            _interface_of_outline(one.points, shape, path, one.name) if one.is_area else one.points
            for one in read_regions(path)
        ]
    if path.suffix.lower() != ".csv":
        raise InputError(
            "holds no line that this program reads", file=path,
            expected="ImageJ's .roi or .zip, or a .csv of napari or with the columns x_px,y_px",
        )  # fmt: skip
    rows = read_table(path)
    if len(rows) > _MOST_POINTS:
        raise InputError("has too many points", file=path, found=len(rows), expected="20,000")
    if {"shape-type", "axis-0", "axis-1"} <= set(rows[0]):
        return _napari(path, rows)
    if not {"x_px", "y_px"} <= set(rows[0]):
        raise InputError(
            "wrong header", file=path, found=",".join(rows[0])[:60],
            expected="x_px,y_px (pixels, 0 the centre of the first), or napari's shapes",
        )  # fmt: skip
    return [np.column_stack([number_column(path, rows, "x_px"), number_column(path, rows, "y_px")])]


def read_drawn_field(
    path: str | Path, labels: Sequence[int] | None, shape: tuple[int, int] | None = None
) -> Array:
    """A field that is positive where a mask has certain labels, cut at half of a pixel's edge.

    Args:
        path: Label mask (TIFF, PNG, NPY) or ilastik's HDF5 with ``exported_data``.
        labels: That are electrolyte; ilastik's count from 1.
        shape: Rows and columns of the image.

    Returns:
        Shape ``(rows, columns)``; between -0.5 and 0.5.

    Raises:
        InputError: The file cannot be read, is no mask, or does not have the image's size.
    """
    path = Path(path)
    if path.suffix.lower() in (".h5", ".hdf5"):
        field = _ilastik(path, labels)
    else:
        field = _of_labels(_mask(path), labels, path)
    if shape is not None and field.shape != tuple(shape):
        raise InputError(
            "does not have the size of the image", file=path,
            found=" x ".join(map(str, field.shape)),
            expected=" x ".join(map(str, shape)) + " (a cutout loses its place)",
        )  # fmt: skip
    return field


def line_of_field(field: Array, *, electrolyte: str = "above") -> Array:
    """The line between the sides of a field, from left to right, shape ``(n, 2)``.

    Raises:
        ImageError: No line runs through the image.
    """
    try:
        turned = field[::-1] if electrolyte == "below" else field
        x, y = spanning_curve(turned)
    except NoBoundaryError as error:
        raise ImageError(
            "the mask holds no interface from side to side", field="phases", found=str(error),
            expected="other {phases}, or {electrolyte} on the other side",
        ) from None  # fmt: skip
    return np.column_stack([x, len(field) - 1 - y if electrolyte == "below" else y])


def _mask(path: Path) -> npt.NDArray[np.generic]:
    if path.suffix.lower() != ".npy":
        return read_grey_values(path)
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"is damaged or no NPY file ({error})", file=path) from None
    require_memory(values.shape, 16.0, file=path, kind=ImageError, what="pixels")
    return np.asarray(values)


def _of_labels(mask: npt.NDArray[Any], labels: Sequence[int] | None, path: Path) -> Array:
    if mask.ndim != 2:
        raise InputError("is no mask of one image", file=path, found=f"shape {mask.shape}")
    found = np.unique(mask)
    whole = np.round(found)
    if len(found) > _MOST_LABELS or np.abs(found - whole).max() > 1e-6:
        raise InputError(
            "is no mask of labels: it looks like grey values", file=path,
            found=f"{len(found)} different values",
            expected=f"at most {_MOST_LABELS} whole numbers",
        )  # fmt: skip
    names = ", ".join(f"{value:g}" for value in whole)
    chosen = set(labels or ())
    if not chosen or not chosen <= {int(value) for value in whole} or len(chosen) == len(found):
        raise InputError(
            "labels that are electrolyte are needed", file=path, field="phases",
            found=", ".join(map(str, sorted(chosen))) or "none",
            expected=f"some but not all of {names}",
        )  # fmt: skip
    return np.isin(np.round(mask), sorted(chosen)).astype(np.float64) - 0.5


def _ilastik(path: Path, labels: Sequence[int] | None) -> Array:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if "exported_data" not in file:
                raise InputError(
                    "is no export of ilastik", file=path,
                    found=", ".join(list(file)[:5]) or "nothing",
                    expected="the data set exported_data",
                )  # fmt: skip
            data = file["exported_data"]
            axes = _axes(data.attrs.get("axistags"), data.ndim, path)
            require_memory(data.shape, 16.0, file=path, kind=ImageError, what="pixels")
            values = np.asarray(data[()])
    except OSError as error:
        raise InputError(f"is damaged or no HDF5 file ({error})", file=path) from None
    for axis in ("t", "z"):
        if axis in axes:
            if values.shape[axes.index(axis)] != 1:
                raise InputError("holds more than one image", file=path, found=str(values.shape))
            values = np.take(values, 0, axis=axes.index(axis))
            axes = axes.replace(axis, "")
    if "c" not in axes:
        values, axes = values[..., None], axes + "c"
    values = np.transpose(values, [axes.index(axis) for axis in "yxc"])
    if values.shape[2] == 1:
        return _of_labels(values[..., 0], labels, path)
    chosen = sorted(set(labels or ()))
    count = values.shape[2]
    if not chosen or not set(chosen) < set(range(1, count + 1)):
        raise InputError(
            "labels that are electrolyte are needed", file=path, field="phases",
            found=", ".join(map(str, chosen)) or "none",
            expected=f"some but not all of 1 to {count}, as ilastik counts them",
        )  # fmt: skip
    weights = values.astype(np.float64)
    total = weights.sum(axis=2)
    if not np.isfinite(total).all() or not (total > 0).all() or weights.min() < 0:
        raise InputError("holds no probabilities", file=path, expected="positive sums of channels")
    # from 0 to 1 or, rescaled, to 255
    share: Array = weights[..., [label - 1 for label in chosen]].sum(axis=2) / total
    return share - 0.5


def _axes(said: Any, dimensions: int, path: Path) -> str:
    try:
        entries = json.loads(said)["axes"]
        axes = "".join(str(entry["key"]) for entry in entries)
    except (TypeError, ValueError, KeyError):
        axes = ""
    if len(axes) != dimensions or len(set(axes)) != len(axes) or not set("yx") <= set(axes):
        raise InputError(
            "does not say its axes", file=path, field="axistags", found=repr(axes or said)[:60],
            expected=f"{dimensions} axes with y and x among them, as ilastik writes",
        )  # fmt: skip
    if not set(axes) <= set("tzyxc"):
        raise InputError("has axes of another kind", file=path, field="axistags", found=axes)
    return axes


def _napari(path: Path, rows: Sequence[Any]) -> list[Array]:
    axes = sorted(
        (name for name in rows[0] if name.startswith("axis-")),
        key=lambda name: int(name.removeprefix("axis-")) if name[5:].isdigit() else -1,
    )
    row_axis, column_axis = axes[-2:]
    y, x = number_column(path, rows, row_axis), number_column(path, rows, column_axis)
    found: dict[str, list[tuple[float, float]]] = {}
    for place, entry in enumerate(rows):
        kind = str(entry["shape-type"])
        if kind not in _OPEN_SHAPES:
            raise InputError(
                "is no line", file=path, field=f"index {entry.get('index')}", found=kind,
                expected="shapes of the type path or line",
            )  # fmt: skip
        found.setdefault(str(entry.get("index")), []).append((float(x[place]), float(y[place])))
    return [np.array(points) for points in found.values()]


def _interface_of_outline(
    ring: Array, shape: tuple[int, int] | None, path: Path, name: str
) -> Array:
    """Of an outline around one side, the part that does not run along the top or the bottom."""
    if shape is None:
        raise InputError("is an area", file=path, field=name, expected="a line or polyline")
    # corners alone do not tell what runs up and down the sides
    closed = shapely.LineString(np.vstack([ring, ring[:1]]))
    ring = shapely.get_coordinates(shapely.segmentize(closed, 1.0))[:-1]
    leftmost, rightmost = int(np.argmin(ring[:, 0])), int(np.argmax(ring[:, 0]))
    first, last = sorted((leftmost, rightmost))
    parts = [ring[first : last + 1], np.vstack([ring[last:], ring[: first + 1]])]
    away = []
    for part in parts:
        inner = (part[:, 0] > ring[:, 0].min() + 1) & (part[:, 0] < ring[:, 0].max() - 1)
        y = part[inner, 1] if inner.any() else part[:, 1]
        away.append(min(float(y.mean()), float(shape[0] - 1 - y.mean())) / shape[0])
    if min(away) > _AWAY:
        raise InputError(
            "is an area that reaches neither top nor bottom of the image", file=path, field=name,
            expected="an area around one side of the interface up to the frame, or a line",
        )  # fmt: skip
    part = parts[int(np.argmax(away))]
    return _without_sides(part, ring)


def _without_sides(part: Array, ring: Array) -> Array:
    """Without corners that run along the left and the right end of the outline."""
    low, high = float(ring[:, 0].min()), float(ring[:, 0].max())
    if part[0, 0] > part[-1, 0]:
        part = part[::-1]
    first = int(np.flatnonzero(part[:, 0] <= low + 0.5)[-1])
    last = int(np.flatnonzero(part[:, 0] >= high - 0.5)[0])
    return part[first : last + 1]
