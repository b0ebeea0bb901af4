# SPDX-License-Identifier: BSD-3-Clause
"""MRC files of electron microscopy (A. Cheng et al., J. Struct. Biol. 192, 146 (2015): MRC2014)."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

from interfacefem.errors import VolumeError
from interfacefem.volumes.formats.stored import StoredVolume, require_bytes, require_three_axes
from interfacefem.volumes.voxel_size import VoxelSize, declared

MRC_SUFFIXES = {".mrc", ".rec", ".map", ".st", ".mrcs"}
_HEADER = 1024
_ANGSTROM = 1e-10
_TYPES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_IMOD = 1146047817  # its stamp; then bit 0 of the flags says whether bytes are signed


def open_mrc(path: Path) -> StoredVolume:
    """Open an MRC file, which is mapped; sections are planes along axis 0.

    Raises:
        VolumeError: It is damaged, truncated, of complex numbers, or its axes are permuted.
    """
    with path.open("rb") as stream:
        header = stream.read(_HEADER)
    if len(header) < _HEADER:
        raise VolumeError(
            "is truncated", file=path, found=f"{len(header)} bytes", expected="a header of 1024"
        )
    order = next((one for one in "<>" if _plausible(header, one)), None)
    if order is None:
        raise VolumeError("is damaged or no MRC file", file=path, expected="an MRC2014 header")
    columns, rows, sections, mode = struct.unpack(f"{order}4i", header[:16])
    intervals = struct.unpack(f"{order}3i", header[28:40])
    lengths = struct.unpack(f"{order}3f", header[40:52])
    axes = struct.unpack(f"{order}3i", header[64:76])
    (extended,) = struct.unpack(f"{order}i", header[92:96])
    if mode not in _TYPES:
        raise VolumeError(
            "holds no plain numbers", file=path, found=f"mode {mode}",
            expected="mode 0, 1, 2, 6 or 12",
        )  # fmt: skip
    if axes not in {(1, 2, 3), (0, 0, 0)}:
        raise VolumeError(
            "has its axes permuted", file=path, found=f"columns, rows, sections are axes {axes}",
            expected="1, 2, 3",
        )  # fmt: skip
    dtype = np.dtype(order + _TYPES[mode])
    stamp, flags = struct.unpack(f"{order}2i", header[152:160])
    if mode == 0 and stamp == _IMOD and not flags & 1:
        dtype = np.dtype("u1")
    shape = require_three_axes((sections, rows, columns), path)
    offset = _HEADER + max(extended, 0)
    require_bytes(path, math.prod(shape) * dtype.itemsize, offset=offset)
    voxels = np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape)
    size = _voxel_size(lengths, intervals)
    return StoredVolume(
        path, shape, dtype, size, lambda start, stop: np.asarray(voxels[start:stop])
    )


def _plausible(header: bytes, order: str) -> bool:
    columns, rows, sections, mode = struct.unpack(f"{order}4i", header[:16])
    (extended,) = struct.unpack(f"{order}i", header[92:96])
    counts = (columns, rows, sections)
    return min(counts) > 0 and max(counts) < 2**24 and 0 <= mode <= 101 and 0 <= extended < 2**30


def _voxel_size(lengths: tuple[float, ...], intervals: tuple[int, ...]) -> VoxelSize | None:
    """Edges along z, y, x; None where the header leaves them at 0 or at its 1 Angstrom."""
    edges = [
        length / count * _ANGSTROM if count > 0 else 0.0
        for length, count in zip(reversed(lengths), reversed(intervals), strict=True)
    ]
    unset = all(math.isclose(edge, _ANGSTROM, rel_tol=1e-6) for edge in edges)
    return None if unset else declared(edges)
