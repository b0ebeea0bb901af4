# SPDX-License-Identifier: BSD-3-Clause
"""A volume in a file, opened without being loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import VolumeError
from interfacefem.volumes.voxel_size import VoxelSize

Planes = npt.NDArray[np.generic]

FORMATS = (
    "a TIFF stack, a folder of TIFF or PNG slices, NPY, NPZ, HDF5, Zarr, MRC, NRRD, or raw bytes "
    "with a shape"
)
_IMAGE_WIDTH = 16


@dataclass(frozen=True, eq=False)
class StoredVolume:
    """Voxels in a file.

    Attributes:
        path: The file or folder.
        shape: Number of voxels along axes 0, 1, 2.
        dtype: Type of a voxel as stored.
        voxel_size: What the file declares, in m; None where it does not.
        read: Gives planes ``start`` to ``stop`` along axis 0, shape (stop - start, n1, n2).
        notes: What a reader of the result should know of the file.
        packed: Whether a plane is reached by unpacking all before it.
    """

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype[np.generic]
    voxel_size: VoxelSize | None
    read: Callable[[int, int], Planes]
    notes: tuple[str, ...] = ()
    packed: bool = False


def require_three_axes(shape: tuple[int, ...], path: Path) -> tuple[int, int, int]:
    """The shape without axes of length 1 in excess of three, or an error that says what it is."""
    full = shape
    while len(shape) > 3 and 1 in shape:
        position = shape.index(1)
        shape = shape[:position] + shape[position + 1 :]
    if len(shape) == 2 or (len(shape) == 3 and shape[0] == 1):
        raise VolumeError(
            "is a two-dimensional image", file=path, found=f"shape {full}", expected="a stack"
        )
    # volumes may be thin, but images are many pixels wide
    if len(shape) in {3, 4} and shape[-1] in {3, 4} and min(shape[-3:-1]) >= _IMAGE_WIDTH:
        raise VolumeError(
            "holds colours", file=path, found=f"shape {full}", expected="one number a voxel"
        )
    if len(shape) != 3:
        raise VolumeError(
            "has axes of unknown order", file=path, found=f"shape {full}", expected="three axes"
        )
    if min(shape) < 1:
        raise VolumeError("holds no voxels", file=path, found=f"shape {full}")
    return shape[0], shape[1], shape[2]


def require_bytes(path: Path, needed: int, *, offset: int = 0, exactly: bool = False) -> None:
    """Refuse a file that is shorter than what its header announces.

    Args:
        path: The file.
        needed: Bytes of the voxels.
        offset: Bytes before them.
        exactly: Refuse a longer one, too.

    Raises:
        VolumeError: It is.
    """
    size = path.stat().st_size
    if size < offset + needed or (exactly and size != offset + needed):
        raise VolumeError(
            "is truncated" if size < offset + needed else "does not have the size of its shape",
            file=path,
            found=f"{size} bytes",
            expected=f"{'' if exactly else 'at least '}{offset + needed} bytes",
        )
