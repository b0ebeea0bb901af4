# SPDX-License-Identifier: BSD-3-Clause
"""Grey values and painted labels, slice by slice, from volumes or from single images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

from interfacefem.errors import VolumeError
from interfacefem.images.painted_files import is_painted_file, read_painted
from interfacefem.images.reading import read_grey_values
from interfacefem.parameters.voxels import Crop, VoxelSize
from interfacefem.volumes.formats.opening import open_stored_volume
from interfacefem.volumes.formats.stored import StoredVolume
from interfacefem.volumes.formats.tiff import TIFF_SUFFIXES
from interfacefem.volumes.reading import checked_crop

_IMAGE_SUFFIXES = TIFF_SUFFIXES | {".png", ".jpg", ".jpeg"}


@dataclass(frozen=True, eq=False)
class GreySlices:
    """An open file of slices.

    Attributes:
        path: The file or folder.
        shape: Slices, rows, columns; one slice for an image.
        is_image: Whether the file is a single image.
        voxel_size: What a volume declares, in m; None where it does not.
        stored: The volume, or the image as a volume of one slice.
    """

    path: Path
    shape: tuple[int, int, int]
    is_image: bool
    voxel_size: VoxelSize | None
    stored: StoredVolume

    def slice(self, index: int) -> npt.NDArray[np.generic]:
        """Values of one slice as stored, shape ``(rows, columns)``."""
        return self.stored.read(index, index + 1)[0]

    def __iter__(self) -> Iterator[npt.NDArray[np.generic]]:
        """Slices from the first to the last."""
        return (self.slice(index) for index in range(self.shape[0]))

    def cropped(self, crop: Crop | None) -> GreySlices:
        """A part of the slices, read as it is asked for.

        Raises:
            VolumeError: The part does not lie within them.
        """
        (first, last), (row0, row1), (column0, column1) = checked_crop(crop, self.stored)
        shape = (last - first, row1 - row0, column1 - column0)
        whole = self.stored.read

        def read(start: int, stop: int) -> npt.NDArray[np.generic]:
            return whole(first + start, first + stop)[:, row0:row1, column0:column1]

        return replace(self, shape=shape, stored=replace(self.stored, shape=shape, read=read))


def open_grey(path: str | Path, **options: object) -> GreySlices:
    """Open grey values: a volume, or one image (colours are turned to grey).

    Args:
        path: What ``open_volume`` reads, or one TIFF, PNG or JPEG image.
        **options: ``shape``, ``voxel_type``, ``dataset``, ``axes`` of ``open_stored_volume``.

    Raises:
        InputError: The file is missing, damaged, or a volume in colours.
    """
    path = Path(path)
    if _is_image(path):
        return _one_slice(path, read_grey_values(path))
    stored = open_stored_volume(path, **options)  # type: ignore[arg-type]
    return GreySlices(path, stored.shape, False, stored.voxel_size, stored)


def open_labels(path: str | Path, like: GreySlices, **options: object) -> GreySlices:
    """Open painted labels of the size of the grey values.

    Args:
        path: A volume of labels or, for an image, an image whose values are the labels, its guide
            (strokes), or regions of ImageJ named by their labels.
        like: The grey values.
        **options: As for ``open_grey``.

    Raises:
        InputError: The file is missing, damaged, in colours, or of another size.
    """
    path = Path(path)
    if is_painted_file(path):
        if not like.is_image:
            raise VolumeError(
                "belongs to one image", file=path, found=f"{like.shape[0]} slices",
                expected="a volume of painted labels",
            )  # fmt: skip
        labels = _one_slice(path, read_painted(path, like.path, like.shape[1:]))
    elif _is_image(path):
        labels = _one_slice(path, _read_label_image(path))
    else:
        stored = open_stored_volume(path, **options)  # type: ignore[arg-type]
        labels = GreySlices(path, stored.shape, False, stored.voxel_size, stored)
    if labels.shape != like.shape:
        raise VolumeError(
            "the labels do not have the size of the grey values",
            file=path,
            found=f"shape {labels.shape}",
            expected=f"{like.shape} as {like.path.name}",
        )
    return labels


def whole_labels(values: npt.NDArray[np.generic], path: Path) -> npt.NDArray[np.integer]:
    """One slice of labels as whole numbers from 0 up.

    Raises:
        VolumeError: They are not.
    """
    numbers = values.astype(np.float64)
    if not (np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all()):
        raise VolumeError("holds labels that are no whole numbers", file=path)
    if numbers.min() < 0 or numbers.max() > np.iinfo(np.uint16).max:
        raise VolumeError(
            "holds labels out of range", file=path,
            found=f"{numbers.min():g} to {numbers.max():g}", expected="0 (unlabelled) to 65535",
        )  # fmt: skip
    return numbers.astype(np.int64)


def _is_image(path: Path) -> bool:
    if not path.is_file() or path.suffix.lower() not in _IMAGE_SUFFIXES:
        return False
    if path.suffix.lower() not in TIFF_SUFFIXES:
        return True
    try:
        with tifffile.TiffFile(path) as tiff:
            axes = tiff.series[0].axes.replace("S", "")
            return len(tiff.series[0].pages) == 1 and axes == "YX"
    except Exception:
        # what is damaged is refused, in words, by who opens it as a volume
        return False


def _one_slice(path: Path, values: npt.NDArray[np.generic]) -> GreySlices:
    plane = values[None]
    shape = (1, values.shape[0], values.shape[1])
    stored = StoredVolume(path, shape, values.dtype, None, lambda start, stop: plane[start:stop])
    return GreySlices(path, shape, True, None, stored)


def _read_label_image(path: Path) -> npt.NDArray[np.generic]:
    try:
        if path.suffix.lower() in TIFF_SUFFIXES:
            values = np.asarray(tifffile.imread(path))
        else:
            with Image.open(path) as image:
                values = np.asarray(image)
    except Exception as error:
        # damaged files raise whatever the first impossible number leads to
        raise VolumeError(f"is damaged or no image ({error})", file=path) from None
    if values.ndim != 2:
        raise VolumeError(
            "holds colours", file=path, found=f"shape {values.shape}",
            expected="one number a pixel: its label, 0 where nothing is painted",
        )  # fmt: skip
    return values
