# SPDX-License-Identifier: BSD-3-Clause
"""The size of a voxel: as people write it, and as files declare it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias
from xml.etree import ElementTree

import numpy as np
import tifffile

from interfacefem.errors import InputError, VolumeError
from interfacefem.units import UM, parse_quantity

VoxelSize: TypeAlias = tuple[float, float, float]

_EXAMPLE = "25 nm"
_EXPECTED = f'one length such as "{_EXAMPLE}", or three for axes 0, 1, 2: "50 nm, 25 nm, 25 nm"'
_PRINTER_UNITS = {"", "inch", "inches", "in", "dpi", "pixel", "pixels", "px", "voxel"}


def parse_voxel_size(text: str, field: str = "--voxel") -> VoxelSize:
    """Edge lengths in m along axes 0, 1, 2 out of ``"25 nm"`` or ``"50 nm, 25 nm, 25 nm"``.

    Raises:
        VolumeError: No length, a wrong number of them, or one that is not positive.
    """
    parts = text.split(",")
    if len(parts) not in {1, 3}:
        raise VolumeError("cannot be read", field=field, found=f'"{text}"', expected=_EXPECTED)
    sizes = [parse_quantity(part, unit="m", example=_EXAMPLE, field=field) for part in parts]
    return checked_voxel_size(sizes * 3 if len(sizes) == 1 else sizes, field)


def checked_voxel_size(sizes: Sequence[float], field: str = "voxel size") -> VoxelSize:
    """Three positive, finite lengths in m, or an error.

    Raises:
        VolumeError: A length is not positive and finite.
    """
    if len(sizes) != 3 or not all(math.isfinite(size) and size > 0 for size in sizes):
        found = ", ".join(f"{size:g} m" for size in sizes)
        raise VolumeError("is not positive", field=field, found=found, expected=_EXPECTED)
    return float(sizes[0]), float(sizes[1]), float(sizes[2])


def voxel_size_from_tiff(tiff: tifffile.TiffFile) -> VoxelSize | None:
    """What ImageJ or OME metadata say, in m along z, y, x; None where they do not."""
    return _from_imagej(tiff) or _from_ome(tiff)


def voxel_size_from_attribute(value: object) -> VoxelSize | None:
    """What the HDF5 attribute ``element_size_um`` (z, y, x) of ilastik says, in m."""
    sizes = np.asarray(value, dtype=np.float64).ravel()
    if sizes.shape != (3,) or not (np.isfinite(sizes) & (sizes > 0)).all():
        return None
    return checked_voxel_size([float(size) * UM for size in sizes])


def _from_imagej(tiff: tifffile.TiffFile) -> VoxelSize | None:
    metadata = tiff.imagej_metadata or {}
    unit = str(metadata.get("unit", ""))
    if unit.lower() in _PRINTER_UNITS:
        return None
    lengths = [_length(metadata.get("spacing"), unit)]
    for tag in ("YResolution", "XResolution"):
        numerator, denominator = tiff.pages.first.tags.valueof(tag, default=(0, 1))
        lengths.append(_length(denominator / numerator if numerator else None, unit))
    return _complete(lengths)


def _from_ome(tiff: tifffile.TiffFile) -> VoxelSize | None:
    if not tiff.ome_metadata:
        return None
    try:
        root = ElementTree.fromstring(tiff.ome_metadata)
    except ElementTree.ParseError:
        return None
    pixels = next((node for node in root.iter() if node.tag.endswith("}Pixels")), None)
    if pixels is None:
        return None
    return _complete(
        [
            _length(pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "um"))
            for axis in "ZYX"
        ]
    )


def _complete(lengths: Sequence[float | None]) -> VoxelSize | None:
    known = [length for length in lengths if length]
    return checked_voxel_size(known) if len(known) == 3 else None


def _length(value: object, unit: str) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not (math.isfinite(number) and number > 0):
        return None
    # ImageJ writes the micro sign as an escape
    unit = unit.replace("\\u00B5", "u").replace("microns", "um").replace("micron", "um")
    try:
        return parse_quantity(f"{number!r} {unit}", unit="m", example=_EXAMPLE)
    except InputError:
        return None
