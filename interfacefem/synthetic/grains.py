# SPDX-License-Identifier: BSD-3-Clause
"""Grains that fill the plane: a power diagram with cells of prescribed size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import ConvexHull, cKDTree

Array = npt.NDArray[np.floating]

_RELAXATIONS = 8
_SIZE_CLASS = 1.3  # ratio of the largest to the smallest diameter placed together
_PLACING_TRIALS = 8


def lognormal_diameters(
    mean: float,
    spread: float,
    largest: float,
    total_area: float,
    rng: np.random.Generator,
) -> Array:
    """Diameters in m of lognormal grains until their discs add up to ``total_area`` in m^2.

    Args:
        mean: Number mean in m.
        spread: Standard deviation in m.
        largest: Diameters above this are drawn again, in m.
        total_area: Area to be filled in m^2.
        rng: Source of randomness.

    Returns:
        Diameters in m, shape ``(n,)``.
    """
    sigma = math.sqrt(math.log1p((spread / mean) ** 2))
    centre = math.log(mean) - sigma**2 / 2
    expected = math.pi / 4 * (mean**2 + spread**2)
    diameters = rng.lognormal(centre, sigma, 4 * math.ceil(total_area / expected) + 100)
    diameters = diameters[diameters < largest]
    filled = np.cumsum(math.pi / 4 * diameters**2)
    return diameters[: int(np.searchsorted(filled, total_area)) + 1]


@dataclass(frozen=True, eq=False)
class PowerDiagram:
    """Convex cells of weighted sites, those at the rim of the box left out.

    Attributes:
        cells: Polygons in m, shape ``(n,)``.
        sites: Index of the site of each cell, shape ``(n,)``.
        centroids: Centroid of each cell in m, shape ``(n, 2)``.
    """

    cells: npt.NDArray[np.object_]
    sites: npt.NDArray[np.intp]
    centroids: Array


def fill_plane(
    diameters: Array, box: tuple[float, float, float, float], rng: np.random.Generator
) -> PowerDiagram:
    """Cells whose areas are close to those of discs with the given diameters.

    Sites are placed from the largest to the smallest, each outside the larger discs, then moved to
    the centroids of their cells while the weights are adapted to the areas (after Quey and
    Renversade, Comput. Methods Appl. Mech. Eng. 330 (2018) 308).

    Args:
        diameters: Diameters in m, shape ``(n,)``, whose discs fill the box.
        box: Left, bottom, right and top in m.
        rng: Source of randomness.
    """
    left, bottom, right, top = box
    lower, upper = np.array([left, bottom]), np.array([right, top])
    radii = diameters / 2
    by_size = np.argsort(-radii)
    points: Array = np.empty((len(radii), 2))
    points[by_size] = _place(radii[by_size], lower, upper, rng)
    weights: Array = radii**2
    targets = math.pi * radii**2
    for _ in range(_RELAXATIONS):
        facets, vertices, neighbours = _regular_triangulation(points, weights)
        areas, centroids = _areas_and_centroids(points, weights, facets, vertices, neighbours)
        inside = (areas > 0) & np.all((centroids > lower) & (centroids < upper), axis=1)
        points = np.where(inside[:, None], centroids, points)
        change = (targets - np.where(inside, areas, targets)) / (2 * math.pi)
        weights = np.clip(weights + change, 0.2 * radii**2, 3 * radii**2)
    facets, vertices, _ = _regular_triangulation(points, weights)
    return _cells_inside(facets, vertices, lower, upper)


def _place(radii: Array, lower: Array, upper: Array, rng: np.random.Generator) -> Array:
    points: Array = np.empty((len(radii), 2))
    classes: list[tuple[cKDTree, Array]] = []
    start = 0
    while start < len(radii):
        end = int(np.searchsorted(-radii, -radii[start] / _SIZE_CLASS, side="right"))
        points[start:end] = rng.uniform(lower, upper, (end - start, 2))
        waiting = np.arange(start, end)
        for _ in range(_PLACING_TRIALS):
            covered = np.zeros(len(waiting), dtype=bool)
            for tree, class_radii in classes:
                distance, nearest = tree.query(points[waiting])
                covered |= distance < class_radii[nearest] + 0.5 * radii[waiting]
            waiting = waiting[covered]
            if len(waiting) == 0:
                break
            points[waiting] = rng.uniform(lower, upper, (len(waiting), 2))
        classes.append((cKDTree(points[start:end]), radii[start:end]))
        start = end
    return points


def _regular_triangulation(
    points: Array, weights: Array
) -> tuple[npt.NDArray[np.intp], Array, npt.NDArray[np.intp]]:
    """Lower hull of the lifted points: facets, power vertices, neighbours (-1: none)."""
    scale = np.abs(points).max()
    lifted = np.column_stack([points / scale, (np.sum(points**2, axis=1) - weights) / scale**2])
    hull = ConvexHull(lifted)
    normals = hull.equations[:, :3]
    below = normals[:, 2] < -1e-9
    vertices = -normals[below, :2] / (2 * normals[below, 2:]) * scale
    number = np.full(len(below), -1)
    number[below] = np.arange(np.count_nonzero(below))
    return hull.simplices[below], vertices, number[hull.neighbors[below]]


def _areas_and_centroids(
    points: Array,
    weights: Array,
    facets: npt.NDArray[np.intp],
    vertices: Array,
    neighbours: npt.NDArray[np.intp],
) -> tuple[Array, Array]:
    areas = np.zeros(len(points))
    moments = np.zeros((len(points), 2))
    for opposite in range(3):
        other = neighbours[:, opposite]
        valid = other >= 0
        start, end = vertices[valid], vertices[other[valid]]
        length = np.hypot(*(end - start).T)
        for site, across in ((1, 2), (2, 1)):
            i = facets[valid, (opposite + site) % 3]
            j = facets[valid, (opposite + across) % 3]
            distance = np.hypot(*(points[j] - points[i]).T)
            height = (distance**2 + weights[i] - weights[j]) / (2 * distance)
            # each dual edge is met from both of its facets
            area = height * length / 4
            areas += np.bincount(i, area, len(points))
            for axis in range(2):
                third = (points[i, axis] + start[:, axis] + end[:, axis]) / 3
                moments[:, axis] += np.bincount(i, area * third, len(points))
    with np.errstate(divide="ignore", invalid="ignore"):
        centroids = moments / areas[:, None]
    return areas, np.nan_to_num(centroids, nan=np.inf)


def _cells_inside(
    facets: npt.NDArray[np.intp], vertices: Array, lower: Array, upper: Array
) -> PowerDiagram:
    site = facets.ravel()
    corner = np.repeat(np.arange(len(facets)), 3)
    count = np.bincount(site)
    outside = np.any((vertices < lower) | (vertices > upper), axis=1)
    keep = (count >= 3) & (np.bincount(site, outside[corner], len(count)) == 0)
    chosen = keep[site]
    site, corner = site[chosen], corner[chosen]
    middle = (
        np.column_stack(
            [np.bincount(site, vertices[corner, axis], len(count)) for axis in range(2)]
        )
        / np.maximum(count, 1)[:, None]
    )
    offset = vertices[corner] - middle[site]
    order = np.lexsort([np.arctan2(offset[:, 1], offset[:, 0]), site])
    sites, ring = np.unique(site[order], return_inverse=True)
    cells = shapely.polygons(shapely.linearrings(vertices[corner[order]], indices=ring))
    centroids = shapely.get_coordinates(shapely.centroid(cells))
    return PowerDiagram(cells, sites, centroids)
