# SPDX-License-Identifier: BSD-3-Clause
"""Files of voxels, opened without being loaded: planes are read when they are asked for."""

from __future__ import annotations

import logging
import math
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from interfacefem.errors import VolumeError
from interfacefem.volumes.voxel_size import (
    VoxelSize,
    voxel_size_from_attribute,
    voxel_size_from_tiff,
)

_log = logging.getLogger(__name__)

Planes = npt.NDArray[np.generic]

TIFF_SUFFIXES = {".tif", ".tiff"}
HDF5_SUFFIXES = {".h5", ".hdf5", ".hdf", ".ilp"}
FORMATS = "a TIFF stack, a folder of TIFF or PNG slices, NPY, NPZ, HDF5, or raw bytes with a shape"
_SLICE_SUFFIXES = TIFF_SUFFIXES | {".png"}
_IMAGE_WIDTH = 16
_STACK_AXES = {"ZYX", "QYX", "IYX"}  # z, "sequence" and "image": one slice after another


@dataclass(frozen=True, eq=False)
class StoredVolume:
    """Voxels in a file.

    Attributes:
        path: The file or folder.
        shape: Number of voxels along axes 0, 1, 2.
        dtype: Type of a voxel as stored.
        voxel_size: What the file declares, in m; None where it does not.
        read: Gives planes ``start`` to ``stop`` along axis 0, shape (stop - start, n1, n2).
    """

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype[np.generic]
    voxel_size: VoxelSize | None
    read: Callable[[int, int], Planes]


def open_stored_volume(
    path: Path,
    *,
    shape: tuple[int, int, int] | None = None,
    voxel_type: str = "uint8",
    dataset: str | None = None,
    axes: str | None = None,
) -> StoredVolume:
    """Open a file of voxels by its suffix.

    Args:
        path: File, or folder of slices.
        shape: Needed by raw files alone.
        voxel_type: Numpy's name for the type of a voxel of a raw file.
        dataset: Name within an HDF5 or NPZ file that holds several.
        axes: "ZYX" to take a TIFF file's axes in the order they are stored, whatever it calls them.

    Raises:
        VolumeError: The file is missing, damaged, truncated or of another form.
    """
    if path.is_dir():
        return _open_folder(path)
    if not path.is_file():
        raise VolumeError("no such file or folder", file=path)
    if path.stat().st_size == 0:
        raise VolumeError("is an empty file", file=path, expected=FORMATS)
    suffix = path.suffix.lower()
    if shape is not None:
        return _open_raw(path, shape, voxel_type)
    if suffix in TIFF_SUFFIXES:
        return _open_tiff(path, axes)
    if suffix in {".npy", ".npz"}:
        return _open_numpy(path, dataset)
    if suffix in HDF5_SUFFIXES:
        return _open_hdf5(path, dataset)
    if suffix in {".raw", ".bin", ".dat"}:
        raise VolumeError(
            "raw bytes do not say their shape", file=path, expected='such as --shape "256,256,256"'
        )
    raise VolumeError(
        "is not a volume this program reads", file=path, found=f'"{suffix}"', expected=FORMATS
    )


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
    if 0 in shape:
        raise VolumeError("holds no voxels", file=path, found=f"shape {full}")
    return shape[0], shape[1], shape[2]


def _open_tiff(path: Path, axes: str | None) -> StoredVolume:
    try:
        with tifffile.TiffFile(path) as tiff:
            series = tiff.series[0]
            page = tiff.pages.first
            # newer versions of tifffile have these two squeezed alone
            squeezed = hasattr(series, "get_shape")
            stored = series.get_axes(squeeze=True) if squeezed else series.axes
            shape = tuple(series.get_shape(squeeze=True) if squeezed else series.shape)
            _require_gray(page, stored, path)
            _require_whole(tiff, series, path)
            shape = require_three_axes(shape, path)
            if axes is None and stored not in _STACK_AXES:
                raise VolumeError(
                    "the order of the axes is unknown",
                    file=path,
                    found=f"axes {stored}, shape {shape}",
                    expected='slices along z, or --axes "ZYX" to take them as they are stored',
                )
            voxel_size = voxel_size_from_tiff(tiff)
            dtype = series.dtype
            mapped = series.dataoffset is not None and page.bitspersample % 8 == 0
            if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
                _log.warning("%s: says that white is 0; values are taken as stored", path)
    except VolumeError:
        raise
    except Exception as error:
        # damaged files make tifffile raise whatever the first impossible number leads to
        raise VolumeError(
            f"is damaged or no TIFF stack ({error})", file=path, expected=FORMATS
        ) from None
    read = _map_tiff(path, shape) if mapped else _page_reader(path, shape)
    return StoredVolume(path, shape, np.dtype(dtype), voxel_size, read)


def _require_gray(page: tifffile.TiffPage, axes: str, path: Path) -> None:
    if "S" in axes or page.samplesperpixel > 1:
        raise VolumeError(
            "holds colours",
            file=path,
            found=f"{page.samplesperpixel} samples a pixel",
            expected="one number a voxel",
        )


def _require_whole(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries, path: Path) -> None:
    size = path.stat().st_size
    if series.dataoffset is not None:
        end = series.dataoffset + series.size * series.dtype.itemsize
        if tiff.pages.first.bitspersample < 8:
            end = 0
    else:
        end = 0
    for page in series.pages:
        if page is not None:
            pieces = zip(page.dataoffsets, page.databytecounts, strict=False)
            end = max([end, *(offset + count for offset, count in pieces)])
    if end > size:
        raise VolumeError(
            "is truncated", file=path, found=f"{size} bytes", expected=f"at least {end} bytes"
        )
    following = _offset_of_next_page(tiff)
    if following >= size:
        raise VolumeError(
            "is truncated",
            file=path,
            found=f"{size} bytes",
            expected=f"another slice at byte {following}",
        )
    declared = (tiff.imagej_metadata or {}).get("images")
    planes = series.size // (series.shape[-1] * series.shape[-2])
    if declared is not None and declared > planes:
        raise VolumeError(
            "is truncated", file=path, found=f"{planes} slices", expected=f"{declared} slices"
        )


def _offset_of_next_page(tiff: tifffile.TiffFile) -> int:
    """Where the last page that was found says another one begins; 0 for none.

    tifffile ends the list of pages where that lies beyond the end of the file.
    """
    layout, file = tiff.tiff, tiff.filehandle
    last = tiff.pages[len(tiff.pages) - 1]
    file.seek(last.offset)
    (tags,) = struct.unpack(layout.tagnoformat, file.read(layout.tagnosize))
    file.seek(last.offset + layout.tagnosize + tags * layout.tagsize)
    (offset,) = struct.unpack(layout.offsetformat, file.read(layout.offsetsize))
    return int(offset)


def _map_tiff(path: Path, shape: tuple[int, int, int]) -> Callable[[int, int], Planes]:
    voxels = tifffile.memmap(path, series=0, mode="r").reshape(shape)
    return lambda start, stop: voxels[start:stop]


def _page_reader(path: Path, shape: tuple[int, int, int]) -> Callable[[int, int], Planes]:
    def read(start: int, stop: int) -> Planes:
        try:
            with tifffile.TiffFile(path) as tiff:
                pages = tiff.series[0].pages
                if len(pages) == shape[0]:
                    planes = np.stack(
                        [pages[index].asarray() for index in range(start, stop)]  # type: ignore[union-attr]
                    )
                else:
                    planes = tiff.series[0].asarray().reshape(shape)[start:stop]
        except Exception as error:
            # compressions that need the optional imagecodecs package, damaged strips
            raise VolumeError(f"cannot be decoded ({error})", file=path) from None
        return planes

    return read


def _open_folder(path: Path) -> StoredVolume:
    slices = sorted(
        (file for file in path.iterdir() if file.suffix.lower() in _SLICE_SUFFIXES),
        key=lambda file: _natural_order(file.name),
    )
    if len(slices) < 2:
        raise VolumeError(
            "is a folder without a stack of slices",
            file=path,
            found=f"{len(slices)} TIFF or PNG files",
            expected="one file a slice, in the order of their names",
        )
    first = _read_slice(slices[0])
    shape = (len(slices), *first.shape)

    def read(start: int, stop: int) -> Planes:
        planes = np.empty((stop - start, *first.shape), dtype=first.dtype)
        for index in range(start, stop):
            plane = _read_slice(slices[index])
            if plane.shape != first.shape or plane.dtype != first.dtype:
                raise VolumeError(
                    "differs from the first slice",
                    file=slices[index],
                    found=f"{plane.shape} {plane.dtype}",
                    expected=f"{first.shape} {first.dtype} as {slices[0].name}",
                )
            planes[index - start] = plane
        return planes

    return StoredVolume(path, require_three_axes(shape, path), first.dtype, None, read)


def _read_slice(path: Path) -> Planes:
    try:
        if path.suffix.lower() in TIFF_SUFFIXES:
            with tifffile.TiffFile(path) as tiff:
                _require_gray(tiff.pages.first, tiff.series[0].axes, path)
                plane = tiff.pages.first.asarray()
        else:
            from PIL import Image

            with Image.open(path) as image:
                plane = np.asarray(image)
    except VolumeError:
        raise
    except Exception as error:
        raise VolumeError(f"is damaged or no image ({error})", file=path) from None
    if plane.ndim != 2:
        raise VolumeError(
            "is not one grey image", file=path, found=f"shape {plane.shape}", expected="two axes"
        )
    return plane


def _natural_order(name: str) -> list[tuple[int, int, str]]:
    """slice2 before slice10."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", name)
    ]


def _open_numpy(path: Path, dataset: str | None) -> StoredVolume:
    try:
        if path.suffix.lower() == ".npy":
            voxels = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            with np.load(path, allow_pickle=False) as archive:
                voxels = archive[_only_one(archive.files, dataset, path)]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        # what NumPy says of such files may be advice to load them unsafely
        raise VolumeError(
            "is truncated, damaged or no array of numbers", file=path, expected=FORMATS
        ) from None
    shape = require_three_axes(voxels.shape, path)
    voxels = voxels.reshape(shape)
    return StoredVolume(
        path, shape, voxels.dtype, None, lambda start, stop: np.asarray(voxels[start:stop])
    )


def _open_hdf5(path: Path, dataset: str | None) -> StoredVolume:
    import h5py

    names: list[str] = []

    def collect(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and len(item.shape) >= 2:
            names.append(name)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(collect)
            name = _only_one(names, dataset, path)
            shape = require_three_axes(file[name].shape, path)
            full_shape, dtype = file[name].shape, file[name].dtype
            voxel_size = voxel_size_from_attribute(file[name].attrs.get("element_size_um", ()))
    except OSError as error:
        raise VolumeError(f"is damaged or no HDF5 file ({error})", file=path) from None
    # the axis that planes are counted along, after axes of length 1
    leading = next(axis for axis, length in enumerate(full_shape) if length == shape[0])

    def read(start: int, stop: int) -> Planes:
        with h5py.File(path, "r") as file:
            chosen = (*(slice(None),) * leading, slice(start, stop))
            return np.asarray(file[name][chosen]).reshape((stop - start, *shape[1:]))

    return StoredVolume(path, shape, dtype, voxel_size, read)


def _only_one(names: list[str], wanted: str | None, path: Path) -> str:
    if wanted is not None and wanted in names:
        return wanted
    if wanted is None and len(names) == 1:
        return names[0]
    found = ", ".join(names) if names else "none"
    raise VolumeError(
        "holds no such data set" if wanted else "does not hold one data set",
        file=path,
        field="--dataset",
        found=found,
        expected="the name of one of them" if names else "a data set with three axes",
    )


def _open_raw(path: Path, shape: tuple[int, int, int], voxel_type: str) -> StoredVolume:
    try:
        dtype = np.dtype(voxel_type)
    except TypeError:
        raise VolumeError(
            "is no type of number", field="--voxel-type", found=f'"{voxel_type}"',
            expected="such as uint8, uint16, >u2 or float32",
        ) from None  # fmt: skip
    require_three_axes(shape, path)
    size, needed = path.stat().st_size, math.prod(shape) * dtype.itemsize
    if size != needed:
        raise VolumeError(
            "does not have the size of its shape" if size > needed else "is truncated",
            file=path,
            found=f"{size} bytes",
            expected=f"{needed} bytes for {shape[0]} x {shape[1]} x {shape[2]} {dtype}",
        )
    voxels = np.memmap(path, dtype=dtype, mode="r", shape=shape)

    def read(start: int, stop: int) -> Planes:
        return np.asarray(voxels[start:stop])

    return StoredVolume(path, shape, dtype, None, read)
