# SPDX-License-Identifier: BSD-3-Clause
"""ImageJ's regions of interest: .roi, and .zip of several.

The format is that of ImageJ's RoiDecoder (ij.io.RoiDecoder, version 1.54). Lines and points count
from the centre of the first pixel; areas from its corner, so that half a pixel is taken off.
"""

from __future__ import annotations

import math
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError

Array: TypeAlias = npt.NDArray[np.floating]

_POLYGON, _RECTANGLE, _OVAL, _LINE, _FREELINE, _POLYLINE = 0, 1, 2, 3, 4, 5
_FREEHAND, _TRACED, _ANGLE, _POINT = 7, 8, 9, 10
_NAMES = {
    _POLYGON: "polygon", _RECTANGLE: "rectangle", _OVAL: "oval", _LINE: "line",
    _FREELINE: "freeline", _POLYLINE: "polyline", 6: "no region", _FREEHAND: "freehand",
    _TRACED: "traced", _ANGLE: "angle", _POINT: "points",
}  # fmt: skip
_AREAS = (_POLYGON, _RECTANGLE, _OVAL, _FREEHAND, _TRACED)
_OPEN = (_LINE, _FREELINE, _POLYLINE, _POINT)
_HEADER = 64  # bytes
_SUB_PIXEL = 128  # a bit of the options
_OVAL_POINTS = 256
_MOST_REGIONS = 500
_MOST_BYTES = 10_000_000


@dataclass(frozen=True, eq=False)
class Region:
    """One region.

    Attributes:
        name: In the file.
        kind: In ImageJ's words.
        points: ``x, y`` in pixels, 0 the centre of the first, shape ``(n, 2)``.
        is_area: Whether it is closed.
        width: Of the stroke in pixels, 0 where none was said.
    """

    name: str
    kind: str
    points: Array
    is_area: bool
    width: float


def read_regions(path: Path) -> list[Region]:
    """Read the regions of a .roi or .zip.

    Raises:
        InputError: The file is missing, damaged, or holds a kind that is no line and no area.
    """
    if not path.is_file():
        raise InputError("no such file", file=path)
    if path.stat().st_size > _MOST_BYTES:
        raise InputError("is too large for regions", file=path, expected="at most 10 MB")
    if path.suffix.lower() != ".zip":
        return [_region(path.read_bytes(), path.stem, path)]
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [one for one in archive.infolist() if one.filename.lower().endswith(".roi")]
            if not entries or len(entries) > _MOST_REGIONS:
                raise InputError(
                    "does not hold regions of ImageJ", file=path, found=f"{len(entries)} .roi",
                    expected=f"1 to {_MOST_REGIONS}",
                )  # fmt: skip
            if sum(one.file_size for one in entries) > _MOST_BYTES:
                raise InputError("is too large for regions", file=path, expected="at most 10 MB")
            return [_region(archive.read(one), Path(one.filename).stem, path) for one in entries]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise InputError(f"is damaged or no ZIP file ({error})", file=path) from None


def _region(data: bytes, name: str, path: Path) -> Region:
    try:
        return _decoded(data, name, path)
    except (struct.error, ValueError) as error:
        raise InputError(
            f"is damaged ({error})", file=path, field=name, expected="a region of ImageJ"
        ) from None


def _decoded(data: bytes, name: str, path: Path) -> Region:
    if data[:4] != b"Iout":
        raise InputError(
            "is no region of ImageJ", file=path, field=name, found=repr(data[:4]),
            expected='a file that begins with "Iout"',
        )  # fmt: skip
    version, kind = struct.unpack_from(">hB", data, 4)
    top, left, bottom, right, count = struct.unpack_from(">4hH", data, 8)
    said = _NAMES.get(kind, f"type {kind}")
    (shape_size,) = struct.unpack_from(">i", data, 36)
    if shape_size > 0:
        raise InputError(
            "is a composite region", file=path, field=name,
            expected="a line, an area of one piece, or a mask (Edit > Selection > Create Mask)",
        )  # fmt: skip
    if kind not in (*_AREAS, *_OPEN):
        raise InputError(
            "is no line and no area", file=path, field=name, found=said,
            expected="a line, polyline, freeline, points, polygon, freehand, rectangle or oval",
        )  # fmt: skip
    (width,) = struct.unpack_from(">h", data, 34)
    (options,) = struct.unpack_from(">h", data, 50)
    is_fine = bool(options & _SUB_PIXEL) and version >= 222
    if kind == _LINE:
        points: Array = np.array(struct.unpack_from(">4f", data, 18)).reshape(2, 2)
    elif kind in (_RECTANGLE, _OVAL):
        box = (float(left), float(top), float(right - left), float(bottom - top))
        if is_fine and version >= 223:
            box = struct.unpack_from(">4f", data, 18)
        points = _outline(kind, *box)
    else:
        if count == 0:
            (count,) = struct.unpack_from(">i", data, 18)
        points = _coordinates(data, count, left, top, is_fine=is_fine)
    if not np.isfinite(points).all():
        raise ValueError("coordinates that are not finite numbers")
    is_area = kind in _AREAS
    return Region(name, said, points - 0.5 if is_area else points, is_area, float(max(width, 0)))


def _coordinates(data: bytes, count: int, left: int, top: int, *, is_fine: bool) -> Array:
    if not 0 < count <= (len(data) - _HEADER) // 4:
        raise ValueError(f"{count} points announced")
    whole = np.frombuffer(data, ">i2", 2 * count, _HEADER).astype(np.float64)
    if not is_fine:
        return np.column_stack([whole[:count] + left, whole[count:] + top])
    exact = np.frombuffer(data, ">f4", 2 * count, _HEADER + 4 * count).astype(np.float64)
    return np.column_stack([exact[:count], exact[count:]])


def _outline(kind: int, left: float, top: float, width: float, height: float) -> Array:
    if not (width > 0 and height > 0):
        raise ValueError("an area without width or height")
    if kind == _RECTANGLE:
        return np.array(
            [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
        )
    angle = np.linspace(0.0, 2 * math.pi, _OVAL_POINTS, endpoint=False)
    return np.column_stack(
        [
            left + width / 2 * (1 + np.cos(angle)),
            top + height / 2 * (1 + np.sin(angle)),
        ]
    )
