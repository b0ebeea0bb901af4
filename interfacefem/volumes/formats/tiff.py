# SPDX-License-Identifier: BSD-3-Clause
"""TIFF stacks: one series of pages, or pages that were appended one by one."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile

from interfacefem.errors import VolumeError
from interfacefem.volumes.formats.stored import FORMATS, Planes, StoredVolume, require_three_axes
from interfacefem.volumes.voxel_size import voxel_size_from_tiff

_log = logging.getLogger(__name__)

TIFF_SUFFIXES = {".tif", ".tiff"}
_STACK_AXES = {"ZYX", "QYX", "IYX"}  # z, "sequence" and "image": one slice after another


def open_tiff(path: Path, axes: str | None) -> StoredVolume:
    """Open a stack.

    Args:
        path: The file.
        axes: "ZYX" to take its axes in the order they are stored, whatever it calls them.

    Raises:
        VolumeError: It is damaged, truncated, in colours, or of unknown order.
    """
    try:
        with tifffile.TiffFile(path) as tiff:
            series = tiff.series[0]
            page = tiff.pages.first
            # newer versions of tifffile have these two squeezed alone
            squeezed = hasattr(series, "get_shape")
            stored = series.get_axes(squeeze=True) if squeezed else series.axes
            shape = tuple(series.get_shape(squeeze=True) if squeezed else series.shape)
            _require_gray(page, stored, path)
            appended = _appended(tiff, path)
            if appended:
                stored, shape = "IYX", (appended, *shape)
            _require_whole(tiff, series, path)
            shape = require_three_axes(shape, path)
            if axes is None and stored not in _STACK_AXES:
                raise VolumeError(
                    "the order of the axes is unknown",
                    file=path,
                    found=f"axes {stored}, shape {shape}",
                    expected='slices along z, or {axis_order} "ZYX" to take them as stored',
                )
            voxel_size = voxel_size_from_tiff(tiff)
            dtype = series.dtype
            mapped = series.dataoffset is not None and page.bitspersample % 8 == 0 and not appended
            if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
                _log.warning("%s: says that white is 0; values are taken as stored", path)
    except VolumeError:
        raise
    except Exception as error:
        # damaged files make tifffile raise whatever the first impossible number leads to
        raise VolumeError(
            f"is damaged or no TIFF stack ({error})", file=path, expected=FORMATS
        ) from None
    read = _map_tiff(path, shape) if mapped else _page_reader(path, shape, bool(appended))
    return StoredVolume(path, shape, np.dtype(dtype), voxel_size, read)


def _appended(tiff: tifffile.TiffFile, path: Path) -> int:
    """Number of pages where each was appended as an image of its own; 0 where they are one series.

    Small images among them, such as previews, are not a slice.
    """
    if len(tiff.series) < 2 or len(tiff.series[0].pages) > 1:
        return 0
    kinds = {(tuple(one.shape), str(one.dtype)) for one in tiff.series}
    if len(kinds) > 1:
        raise VolumeError(
            "holds images of different sizes or types",
            file=path,
            found="; ".join(sorted(f"{shape} {dtype}" for shape, dtype in kinds)),
            expected="slices of one size",
        )
    return len(tiff.series) if len(tiff.series[0].shape) == 2 else 0


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


def _page_reader(
    path: Path, shape: tuple[int, int, int], appended: bool
) -> Callable[[int, int], Planes]:
    def read(start: int, stop: int) -> Planes:
        try:
            with tifffile.TiffFile(path) as tiff:
                pages = list(tiff.pages) if appended else tiff.series[0].pages
                if len(pages) == shape[0]:
                    return np.stack([_decoded(pages[index], path) for index in range(start, stop)])
                return tiff.series[0].asarray().reshape(shape)[start:stop]
        except Exception as error:
            # compressions that neither tifffile nor Pillow knows, damaged strips
            raise VolumeError(f"cannot be decoded ({error})", file=path) from None

    return read


def _decoded(page: tifffile.TiffPage | tifffile.TiffFrame | None, path: Path) -> Planes:
    """One page; Pillow unpacks what tifffile leaves to the optional imagecodecs, such as LZW."""
    assert page is not None
    try:
        return page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
    from PIL import Image

    with Image.open(path) as image:
        image.seek(page.index)
        plane = np.asarray(image)
    if plane.shape != page.shape or plane.dtype != np.dtype(page.dtype).newbyteorder("="):
        raise VolumeError("holds pages that Pillow reads otherwise", file=path)
    return plane


def read_gray_page(path: Path) -> Planes:
    """The first page of a TIFF file.

    Raises:
        VolumeError: It is in colours.
    """
    with tifffile.TiffFile(path) as tiff:
        _require_gray(tiff.pages.first, tiff.series[0].axes, path)
        return _decoded(tiff.pages.first, path)
