# SPDX-License-Identifier: BSD-3-Clause
"""The interface from strokes of a brush: a forest decides the side, grey values the place.

The forest's own line between sides lies several pixels off the edge, because its features blur it.
So it only says on which side of the interface a region lies; within ``REACH`` of its line the grey
value against the mean of its two sides says where exactly.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.draw import disk, line

from interfacefem.errors import ImageError, VolumeError
from interfacefem.images.boundary import NoBoundaryError, separated, spanning_curve
from interfacefem.images.guide import Guide, Stroke
from interfacefem.images.interface_field import DEFAULT_SMOOTHING, InterfaceField
from interfacefem.images.micrograph import Micrograph
from interfacefem.parameters.sampling import Sampling
from interfacefem.parameters.segmentation import ClassifierSettings
from interfacefem.segmentation.classifier_training import fit_forest
from interfacefem.segmentation.pixel_classifier import features, prepared, training_levels
from interfacefem.segmentation.thresholds import Segmentation

Array: TypeAlias = npt.NDArray[np.floating]

OTHER, ELECTROLYTE = 1, 2
REACH = 16.0  # pixels from the forest's line within which grey values place the interface
_FADE = 4.0  # pixels over which the forest takes over again
_SIDE_SIZE = 49  # pixels over which, twice, the mean grey value of a side is taken
_LEAST_SHARE = 1e-4  # of those pixels that must lie on the side
_LEAST_CONTRAST = 0.25  # of the median contrast: below, grey values say nothing; twice it, all
_PROBABILITY_SIGMA = 2.0  # pixels: single pixels of the forest are no islands
_COARSE = 2  # every second pixel is classified first
_MOST_PIXELS = 1_000_000  # that the forest sees: larger images are averaged over blocks for it


def painted_labels(
    strokes: Sequence[Stroke], shape: tuple[int, int], corner: tuple[int, int] = (0, 0)
) -> npt.NDArray[np.uint8]:
    """Labels of the pixels that strokes cover: 0 none, 1 other, 2 electrolyte; later ones win.

    Args:
        strokes: In pixels of the file.
        shape: Rows and columns of the labels.
        corner: Row and column of their first pixel in the file.
    """
    labels = np.zeros(shape, np.uint8)
    for stroke in strokes:
        label = ELECTROLYTE if stroke.label == "electrolyte" else OTHER
        labels[stroke_labels(stroke, shape, corner)] = label
    return labels


def stroke_labels(
    stroke: Stroke, shape: tuple[int, int], corner: tuple[int, int] = (0, 0)
) -> npt.NDArray[np.bool_]:
    """Which pixels a stroke covers: those whose centres its round brush meets."""
    covered = np.zeros(shape, bool)
    radius = max(stroke.width / 2, 0.5)
    points = np.array(stroke.points) - np.array(corner[::-1])
    ends = itertools.pairwise(points) if len(points) > 1 else [(points[0],) * 2]
    for start, end in ends:
        first, last = np.round(start).astype(int), np.round(end).astype(int)
        rows, columns = line(first[1], first[0], last[1], last[0])
        step = max(1, round(radius / 2))
        for place in {*range(0, len(rows), step), len(rows) - 1}:
            covered[disk((rows[place], columns[place]), radius + 0.5, shape=shape)] = True
    return covered


def painted_field(micrograph: Micrograph, settings: Sampling, guide: Guide) -> InterfaceField:
    """The field of strokes, turned so that the electrolyte is on top.

    Raises:
        ImageError: Strokes cover one side only, or leave no line through the image.
    """
    probability, grid = _side_probability(micrograph, guide.strokes, guide.classifier)
    gray = micrograph.gray.astype(np.float64)
    rows, columns = gray.shape
    if settings.electrolyte == "below":
        probability, gray = probability[::-1], gray[::-1]
        grid = grid.turned(rows, len(probability))
    try:
        sides = separated(2.0 * probability - 1.0)
        _, line_rows = spanning_curve(sides)
    except NoBoundaryError as error:
        raise ImageError(
            "the strokes leave no interface through the image", field="strokes", found=str(error),
            expected="more strokes on either side, or a drawn line ({boundary})",
        ) from None  # fmt: skip
    # what is further from the line is all electrolyte above it and all the other side below
    room = math.ceil(2 * REACH + _SIDE_SIZE)
    first = max(math.floor(grid.first + grid.step * float(line_rows.min())) - room, 0)
    last = min(math.ceil(grid.first + grid.step * float(line_rows.max())) + room, rows)
    band = slice(first, last)
    distance = _signed_distance(grid.finer(sides, first, last, columns) > 0)
    whole = np.ones(gray.shape)
    whole[last:] = -1.0

    def again(smoothing: float, moved: float) -> Segmentation:
        values = whole.copy()
        values[band] = placed_by_grey(gray[band], distance, smoothing, moved)
        return Segmentation((values > 0).astype(np.uint8), (0.0,), values[None])

    found = again(DEFAULT_SMOOTHING, 0.0)
    return InterfaceField(
        found.signed_field((1,)), found, (1,),
        f"strokes, placed by the grey value smoothed over {DEFAULT_SMOOTHING:g} px",
        DEFAULT_SMOOTHING, False, "contour",
        (f"sides as strokes say; within {REACH:g} px of them grey values place the line",), again,
    )  # fmt: skip


def placed_by_grey(gray: Array, distance: Array, smoothing: float, moved: float = 0.0) -> Array:
    """A field that is the grey value against its two sides near a line, and the sides elsewhere.

    Args:
        gray: Grey values, shape ``(rows, columns)``.
        distance: Of each pixel from the line in pixels, positive in the electrolyte.
        smoothing: Gaussian standard deviation in pixels of the grey values.
        moved: By how much the threshold rises, as a share of the local contrast.

    Returns:
        Between -1 and 1, positive in the electrolyte.
    """
    smooth = ndimage.gaussian_filter(gray, smoothing)
    inside, outside = (
        _mean_over(gray, (sign * distance > 2) & (sign * distance < 2 * REACH)) for sign in (1, -1)
    )
    step = inside - outside
    typical = float(np.median(step[np.abs(distance) <= REACH]))
    # where the two sides look alike, or the other way round, the strokes alone decide: gradually,
    # since a jump from one to the other would be an edge of its own
    share = step / (typical if typical else 1.0)
    trust = np.clip(share / _LEAST_CONTRAST - 1, 0.0, 1.0)
    level = (inside + outside) / 2 + moved * np.abs(step)
    contrast = typical * np.maximum(share, _LEAST_CONTRAST)
    by_grey = np.clip(2 * (smooth - level) / (contrast if typical else 1.0), -1.0, 1.0)
    near = np.clip((REACH - np.abs(distance)) / _FADE, 0.0, 1.0)
    weight = 1 - near * trust
    by_side = np.clip(distance / _FADE, -1.0, 1.0)
    return (1 - weight) * by_grey + weight * by_side


def _mean_over(gray: Array, chosen: npt.NDArray[np.bool_]) -> Array:
    """Mean grey value of the chosen pixels around each pixel."""
    share, total = chosen.astype(np.float64), np.where(chosen, gray, 0.0)
    for _ in range(2):
        share = ndimage.uniform_filter(share, _SIDE_SIZE)
        total = ndimage.uniform_filter(total, _SIDE_SIZE)
    whole = float(gray[chosen].mean()) if chosen.any() else 0.0
    return np.where(share > _LEAST_SHARE, total / np.maximum(share, _LEAST_SHARE), whole)


def _signed_distance(above: npt.NDArray[np.bool_]) -> Array:
    inside = ndimage.distance_transform_edt(above)
    outside = ndimage.distance_transform_edt(~above)
    return np.where(above, inside - 0.5, 0.5 - outside)


def _side_probability(
    micrograph: Micrograph, strokes: Sequence[Stroke], settings: ClassifierSettings
) -> tuple[Array, _Grid]:
    """Probability to lie in the electrolyte on a coarse grid, rows as in the file."""
    rows, columns = micrograph.gray.shape
    labels = painted_labels(strokes, (rows, columns), (micrograph.crop[0], micrograph.crop[2]))
    sides = {int(label) for label in np.unique(labels)} - {0}
    if sides != {OTHER, ELECTROLYTE}:
        names = {OTHER: "other", ELECTROLYTE: "electrolyte"}
        raise ImageError(
            "strokes of both sides are needed", field="strokes",
            found=" and ".join(names[one] for one in sorted(sides)) or "none inside the crop",
            expected="at least one of electrolyte and one of other",
        )  # fmt: skip
    seen = _features(micrograph, settings)
    shrink = _shrink(rows * columns)
    small = labels[shrink // 2 :: shrink, shrink // 2 :: shrink]
    small = small[: seen.shape[0], : seen.shape[1]]
    try:
        forest = fit_forest(seen[: small.shape[0], : small.shape[1]], small, settings)
    except VolumeError as error:
        raise ImageError(str(error), field="strokes") from None
    coarse = seen[::_COARSE, ::_COARSE]
    found: Array = forest.probabilities(coarse.reshape(-1, seen.shape[-1]))[:, 1]
    found = ndimage.gaussian_filter(found.reshape(coarse.shape[:2]), _PROBABILITY_SIGMA / _COARSE)
    # the centre of a block of pixels lies half of its side, less half a pixel, from its corner
    return found, _Grid((shrink - 1) / 2, shrink * _COARSE, (shrink - 1) / 2)


@dataclass(frozen=True)
class _Grid:
    """Where coarse samples lie: pixels of the image at their first row and column, and apart."""

    first: float
    step: int
    first_column: float

    def turned(self, rows: int, count: int) -> _Grid:
        """Of the samples upside down."""
        return replace(self, first=rows - 1 - self.first - self.step * (count - 1))

    def finer(self, values: Array, first: int, last: int, columns: int) -> Array:
        """Values at the pixels of some rows, linear between the samples."""
        down = (np.arange(first, last) - self.first) / self.step
        along = (np.arange(columns) - self.first_column) / self.step
        places = np.meshgrid(down, along, indexing="ij")
        return ndimage.map_coordinates(values, places, order=1, mode="nearest")


def _shrink(pixels: int) -> int:
    """How many pixels on a side are averaged for the forest, which only decides the side."""
    return max(1, math.ceil(math.sqrt(pixels / _MOST_PIXELS)))


def _features(micrograph: Micrograph, settings: ClassifierSettings) -> npt.NDArray[np.float32]:
    return _kept_features(_Same(micrograph), settings.model_dump_json())


class _Same:
    """A micrograph as a key: one that was read twice has other features only if its pixels do."""

    def __init__(self, micrograph: Micrograph) -> None:
        self.micrograph = micrograph
        self._key = (micrograph.gray.shape, hash(micrograph.gray.tobytes()))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._key == other._key


@functools.lru_cache(maxsize=1)
def _kept_features(image: _Same, settings: str) -> npt.NDArray[np.float32]:
    """The largest part of the work of a stroke, and the same for each."""
    known = ClassifierSettings.model_validate_json(settings)
    gray = image.micrograph.gray
    shrink = _shrink(gray.size)
    rows, columns = (side - side % shrink for side in gray.shape)
    blocks = gray[:rows, :columns].reshape(rows // shrink, shrink, columns // shrink, shrink)
    plane = prepared(blocks.mean(axis=(1, 3)), known)
    return features(training_levels([plane], known).scaled(plane), known)
