# SPDX-License-Identifier: BSD-3-Clause
"""Painted examples from a guide's strokes or from ImageJ's regions, as an image of labels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
from skimage.draw import polygon2mask

from interfacefem.errors import InputError
from interfacefem.images.guide import SUFFIX, Stroke, read_guide
from interfacefem.images.imagej_roi import Region, read_regions
from interfacefem.images.painted import painted_labels, stroke_labels

_LEADING_NUMBER = re.compile(r"\d+")
_MOST_LABEL = 65_535


def is_painted_file(path: Path) -> bool:
    """Whether a file holds strokes or regions, not labels of pixels."""
    return path.name.endswith(SUFFIX) or path.suffix.lower() in (".roi", ".zip")


def read_painted(path: Path, image: Path, shape: tuple[int, int]) -> npt.NDArray[np.integer]:
    """Labels of pixels, 0 where nothing is painted, shape ``(rows, columns)``.

    Args:
        path: A guide, whose strokes are 1 for the other side and 2 for electrolyte; or regions of
            ImageJ whose names begin with their label ("1 pore", "2-0001"): areas are filled, lines
            are as wide as their stroke.
        image: What was painted on.
        shape: Rows and columns of it.

    Raises:
        InputError: The file cannot be read, holds nothing painted, or is that of another image.
    """
    if path.name.endswith(SUFFIX):
        strokes = read_guide(path, image).strokes
        if not strokes:
            raise InputError("holds no strokes", file=path, field="strokes")
        return painted_labels(strokes, shape).astype(np.int64)
    labels = np.zeros(shape, np.int64)
    for region in read_regions(path):
        label = _label_of(region, path)
        if region.is_area:
            labels[polygon2mask(shape, region.points[:, ::-1])] = label
        else:
            points = tuple((float(x), float(y)) for x, y in region.points)
            stroke = Stroke(label="other", width=max(region.width, 1.0), points=points)
            labels[stroke_labels(stroke, shape)] = label
    return labels


def _label_of(region: Region, path: Path) -> int:
    found = _LEADING_NUMBER.match(region.name)
    if found is None or not 0 < int(found[0]) <= _MOST_LABEL:
        raise InputError(
            "says no label", file=path, field=region.name, found=f'"{region.name}"',
            expected='regions named by their label, such as "1 pore" and "2 solid"',
        )  # fmt: skip
    return int(found[0])
