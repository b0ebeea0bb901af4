# SPDX-License-Identifier: BSD-3-Clause
"""Folders with one TIFF or PNG file a slice, in the order of their names."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from interfacefem.errors import VolumeError
from interfacefem.volumes.formats.stored import Planes, StoredVolume, require_three_axes
from interfacefem.volumes.formats.tiff import TIFF_SUFFIXES, read_gray_page

_SLICE_SUFFIXES = TIFF_SUFFIXES | {".png"}
_NAMED_IN_A_NOTE = 5


def open_folder(path: Path) -> StoredVolume:
    """Open a folder of slices; hidden files, such as those that systems leave, are no slices.

    Raises:
        VolumeError: There are fewer than two, or slices of two formats.
    """
    slices = sorted(
        (
            file
            for file in path.iterdir()
            if file.suffix.lower() in _SLICE_SUFFIXES
            and not file.name.startswith(".")
            and file.is_file()
        ),
        key=lambda file: _natural_order(file.name),
    )
    if len(slices) < 2:
        raise VolumeError(
            "is a folder without a stack of slices",
            file=path,
            found=f"{len(slices)} TIFF or PNG files",
            expected="one file a slice, in the order of their names",
        )
    pictures = sum(file.suffix.lower() == ".png" for file in slices)
    if 0 < pictures < len(slices):
        raise VolumeError(
            "holds slices of two formats",
            file=path,
            found=f"{pictures} PNG and {len(slices) - pictures} TIFF files",
            expected="one stack in a folder",
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

    notes = _gaps([file.stem for file in slices])
    return StoredVolume(path, require_three_axes(shape, path), first.dtype, None, read, notes)


def _read_slice(path: Path) -> Planes:
    try:
        if path.suffix.lower() in TIFF_SUFFIXES:
            plane = read_gray_page(path)
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


def _gaps(names: list[str]) -> tuple[str, ...]:
    """A note where the numbers that end the names leave some out."""
    numbers = [re.search(r"(\d+)\D*$", name) for name in names]
    found = [int(match[1]) for match in numbers if match]
    if len(found) < len(names) or sorted(set(found)) != found:
        return ()
    steps = np.diff(found)
    step = int(steps.min())
    missing = sorted(set(range(found[0], found[-1] + 1, step)) - set(found))
    if not missing or (steps % step).any():
        return ()
    listed = ", ".join(str(number) for number in missing[:_NAMED_IN_A_NOTE])
    more = ", ..." if len(missing) > _NAMED_IN_A_NOTE else ""
    return (
        f"slices are missing by their numbers ({listed}{more}): those there are taken as adjacent",
    )


def _natural_order(name: str) -> list[tuple[int, int, str]]:
    """slice2 before slice10."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", name)
    ]
