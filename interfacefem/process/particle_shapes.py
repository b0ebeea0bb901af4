# SPDX-License-Identifier: BSD-3-Clause
"""Size and shape of each particle of a label image or a label volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import ConvexHull
from skimage.measure import perimeter_crofton, regionprops

from interfacefem.volumes.pore_sizes import pore_sizes
from interfacefem.volumes.pores import Pores

Array = npt.NDArray[np.floating]

CIRCLE_DIRECTIONS = 4  # of the lines that count crossings with an outline


@dataclass(frozen=True, eq=False)
class ParticleShapes:
    """One entry a particle, in the order of their labels; shape (particles,) unless said.

    Attributes:
        label: Label in the image.
        diameter: Of the disc of the same area, or the ball of the same volume, in m.
        feret_max: Largest distance of two points, corners of pixels included, in m.
        feret_min: Smallest distance of two parallel lines with the particle between them, in m;
            None for volumes.
        aspect_ratio: Longest over shortest axis of the ellipse (ellipsoid) of equal moments.
        size: Area in m^2, or volume in m^3.
        circularity: ``4 pi A/P^2``, the perimeter by Crofton's formula; None for volumes.
        solidity: Area over that of the convex hull of the pixels; None for volumes.
        box: Extent along each axis in pixels, shape (particles, axes).
        touches_border: Whether a pixel lies in an outermost row of the frame.
    """

    label: npt.NDArray[np.integer]
    diameter: Array
    feret_max: Array
    feret_min: Array | None
    aspect_ratio: Array
    size: Array
    circularity: Array | None
    solidity: Array | None
    box: npt.NDArray[np.integer]
    touches_border: npt.NDArray[np.bool_]


def shapes_in_image(labels: npt.NDArray[np.integer], pixel_size: float) -> ParticleShapes:
    """Shapes of the particles of a label image.

    Args:
        labels: 0 where there is no particle, shape ``(rows, columns)``.
        pixel_size: In m.
    """
    regions = regionprops(labels)
    rows = []
    for region in regions:
        area = float(region.num_pixels)
        feret_max, feret_min, hull_area = _calipers(region.image)
        # a pixel more all around: outlines must close inside the picture
        perimeter = float(perimeter_crofton(np.pad(region.image, 1), CIRCLE_DIRECTIONS))
        major, minor = region.axis_major_length, region.axis_minor_length
        rows.append(
            (
                np.sqrt(4 * area / np.pi) * pixel_size,
                feret_max * pixel_size,
                feret_min * pixel_size,
                major / minor if minor > 0 else np.inf,
                area * pixel_size**2,
                4 * np.pi * area / perimeter**2 if perimeter > 0 else np.nan,
                area / hull_area,
            )
        )
    columns = np.array(rows, dtype=np.float64).reshape(-1, 7).T
    box = np.array([region.bbox for region in regions], dtype=np.int64).reshape(-1, 2, 2)
    return ParticleShapes(
        np.array([region.label for region in regions], dtype=np.int64),
        columns[0],
        columns[1],
        columns[2],
        columns[3],
        columns[4],
        columns[5],
        columns[6],
        box[:, 1] - box[:, 0],
        _touching(box, labels.shape),
    )


def shapes_in_volume(
    labels: npt.NDArray[np.int32], voxel_size: tuple[float, float, float]
) -> ParticleShapes:
    """Shapes of the particles of a label volume.

    Args:
        labels: 1, 2, ... without gaps, 0 where there is no particle, shape (n0, n1, n2).
        voxel_size: Edges of a voxel in m.
    """
    count = int(labels.max(initial=0))
    voxels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    nowhere = np.zeros(count, dtype=bool)
    sizes = pore_sizes(Pores(labels, voxels, nowhere, nowhere, 0, voxel_size))
    boxes = ndimage.find_objects(labels)
    ratio = np.empty(count)
    for index, place in enumerate(boxes):
        ratio[index] = _axis_ratio(labels[place] == index + 1, np.array(voxel_size))
    box = np.array([[[s.start for s in b], [s.stop for s in b]] for b in boxes], dtype=np.int64)
    box = box.reshape(-1, 2, 3)
    return ParticleShapes(
        np.arange(1, count + 1),
        sizes.equivalent_diameter,
        sizes.feret_diameter,
        None,
        ratio,
        sizes.volume,
        None,
        None,
        box[:, 1] - box[:, 0],
        _touching(box, labels.shape),
    )


def _touching(box: npt.NDArray[np.int64], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    touches: npt.NDArray[np.bool_] = ((box[:, 0] == 0) | (box[:, 1] == np.array(shape))).any(axis=1)
    return touches


def _calipers(image: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Largest and smallest Feret diameter and area of the hull of the pixels' corners."""
    first = image.argmax(axis=1)
    last = image.shape[1] - image[:, ::-1].argmax(axis=1)
    row = np.flatnonzero(image.any(axis=1))
    ends = np.concatenate((first[row], last[row]))
    rows = np.concatenate((row, row))
    corners = np.stack((np.concatenate((rows, rows + 1)), np.concatenate((ends, ends))), axis=1)
    hull = ConvexHull(corners.astype(np.float64))
    vertices = corners[hull.vertices].astype(np.float64)
    apart = vertices[:, None] - vertices[None]
    # the narrowest strip lies along an edge of the hull
    widths = np.ptp(vertices @ hull.equations[:, :2].T, axis=0)
    return float(np.sqrt((apart**2).sum(axis=2).max())), float(widths.min()), float(hull.volume)


def _axis_ratio(image: npt.NDArray[np.bool_], edges: Array) -> float:
    places = np.argwhere(image) * edges
    centred = places - places.mean(axis=0)
    # a voxel is no point: its own moment
    moments = centred.T @ centred / len(places) + np.diag(edges**2) / 12
    values = np.linalg.eigvalsh(moments)
    return float(np.sqrt(values[-1] / values[0]))
