#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether X +- its error contains the truth, on shapes that no factor was chosen on.

    ./ifem shell python3 benchmarks/volume_blind.py

Minimal surfaces, a lattice of struts, foams with closed and open walls, grains of two
conductivities, plates with holes, a wavy tube, ellipsoids, turned cubes, hollow spheres. Truth is
that of three and six times as many voxels, extrapolated by the first order of the voxel; what the
extrapolation still moves is printed beside it (``ref``), as it is no truth below that.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation
from volume_coverage import run, sigma_eff

Points = npt.NDArray[np.float64]
Inside = Callable[[Points], npt.NDArray[np.integer]]


def sample(inside: Inside, n: int) -> npt.NDArray[np.uint8]:
    """Labels at the centres of n^3 voxels of the unit cube, plane by plane."""
    line = (np.arange(n) + 0.5) / n
    labels = np.empty((n, n, n), np.uint8)
    for k, z in enumerate(line):
        points = np.stack(np.broadcast_arrays(z, line[:, None], line), axis=-1)
        labels[k] = inside(points.reshape(-1, 3)).reshape(n, n)
    return labels


def gyroid(level: float, sheet: bool) -> Inside:
    """The part above a level of the gyroid, or within it of the surface; two periods."""

    def inside(points: Points) -> npt.NDArray[np.integer]:
        a = 4 * np.pi * (points + 0.137)
        sine, cosine = np.sin(a), np.cos(a)
        value = (sine * np.roll(cosine, -1, axis=1)).sum(axis=1)
        return (np.abs(value) < level) if sheet else (value < level)

    return inside


def primitive(level: float) -> Inside:
    """One side of the Schwarz P surface, three periods."""
    return lambda points: np.cos(6 * np.pi * points + 0.7).sum(axis=1) < level


def struts(radius: float) -> Inside:
    """Struts along the diagonals of two cells along each edge."""
    directions = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]]) / math.sqrt(3)

    def inside(points: Points) -> npt.NDArray[np.integer]:
        local = (2 * points + 0.29) % 1.0 - 0.5
        squares = (local**2).sum(axis=1)[:, None] - (local @ directions.T) ** 2
        return (squares < (2 * radius) ** 2).any(axis=1)

    return inside


def _cells(number: int, seed: int) -> KDTree:
    return KDTree(np.random.default_rng(seed).random((number, 3)), boxsize=1.0)


def foam(number: int, wall: float, seed: int) -> Inside:
    """Closed walls of equal thickness between the cells of random points."""
    tree = _cells(number, seed)

    def inside(points: Points) -> npt.NDArray[np.integer]:
        distances, places = tree.query(points, k=2)
        offset = tree.data[places[:, 1]] - tree.data[places[:, 0]]
        apart = np.linalg.norm(offset - np.rint(offset), axis=1)
        return (distances[:, 1] ** 2 - distances[:, 0] ** 2) / (2 * apart) < wall / 2

    return inside


def open_foam(number: int, width: float, seed: int) -> Inside:
    """What is about as near to three cells' points: struts along the edges of cells."""
    tree = _cells(number, seed)

    def inside(points: Points) -> npt.NDArray[np.integer]:
        distances, _ = tree.query(points, k=3)
        return distances[:, 2] - distances[:, 0] < width

    return inside


def grains(number: int, seed: int) -> Inside:
    """Random cells, every other one of phase 1, all of them conduct."""
    tree = _cells(number, seed)
    return lambda points: (tree.query(points)[1] % 2 == 0).astype(np.uint8)


def plates_with_holes(points: Points) -> npt.NDArray[np.integer]:
    """Three insulating plates with a round hole each, not in line."""
    result = np.ones(len(points), bool)
    for z, y, x in ((0.22, 0.34, 0.4), (0.5, 0.66, 0.57), (0.79, 0.4, 0.63)):
        within = np.hypot(points[:, 1] - y, points[:, 2] - x) < 0.19
        result &= (np.abs(points[:, 0] - z) > 0.051) | within
    return result


def wavy_tube(points: Points) -> npt.NDArray[np.integer]:
    """A round tube about a line that winds as it goes."""
    turn = 2 * np.pi * points[:, 0]
    off = np.hypot(
        points[:, 1] - 0.5 - 0.17 * np.sin(turn), points[:, 2] - 0.5 - 0.12 * np.cos(turn)
    )
    return off < 0.2 + 0.06 * np.cos(3 * turn)


def ellipsoids(number: int, axes: tuple[float, float, float], seed: int, *, cubes: bool) -> Inside:
    """Insulating ellipsoids, or boxes, at random places in random directions; periodic."""
    rng = np.random.default_rng(seed)
    centres, turned = (
        rng.random((number, 3)),
        Rotation.random(number, random_state=seed).as_matrix(),
    )

    def inside(points: Points) -> npt.NDArray[np.integer]:
        outside = np.ones(len(points), bool)
        for centre, matrix in zip(centres, turned, strict=True):
            offset = points - centre
            local = np.abs((offset - np.rint(offset)) @ matrix.T) / axes
            size = local.max(axis=1) if cubes else np.sqrt((local**2).sum(axis=1))
            outside &= size > 1
        return outside

    return inside


def hollow_spheres(number: int, seed: int) -> Inside:
    """Conducting shells that touch and overlap; periodic."""
    tree = _cells(number, seed)

    def inside(points: Points) -> npt.NDArray[np.integer]:
        distances, _ = tree.query(points)
        return (distances > 0.11) & (distances < 0.2)

    return inside


SHAPES: list[tuple[str, Inside, int, dict[int, float]]] = [
    ("gyroid, one side", gyroid(-0.4, False), 30, {1: 1.0}),
    ("gyroid, sheet", gyroid(0.5, True), 34, {1: 1.0}),
    ("Schwarz P", primitive(-0.35), 33, {1: 1.0}),
    ("struts", struts(0.09), 34, {1: 1.0}),
    ("closed foam", foam(14, 0.09, 5), 32, {1: 1.0}),
    ("open foam", open_foam(10, 0.17, 6), 32, {1: 1.0}),
    ("grains, 1 : 10", grains(24, 7), 29, {1: 1.0, 0: 0.1}),
    ("plates with holes", plates_with_holes, 30, {1: 1.0}),
    ("wavy tube", wavy_tube, 28, {1: 1.0}),
    ("ellipsoids", ellipsoids(22, (0.2, 0.2, 0.07), 8, cubes=False), 32, {1: 1.0}),
    ("turned cubes", ellipsoids(20, (0.1, 0.1, 0.1), 9, cubes=True), 32, {1: 1.0, 0: 0.02}),
    ("hollow spheres", hollow_spheres(40, 10), 34, {1: 1.0}),
]


def main() -> None:
    print(
        f"{'shape':20}{'voxels':>7}{'sigma':>9}{'+-':>9}{'X':>9}{'+-':>9}{'truth':>9}{'ref':>9}"
        f"{'sigma':>8}{'X':>5}"
    )
    held = held_x = known = 0
    for name, inside, n, sigma in SHAPES:
        fine, finest = (sigma_eff(sample(inside, factor * n), sigma, 0) for factor in (3, 6))
        truth = 2 * finest - fine
        one = run("blind", name, sample(inside, n), truth, sigma, 0)
        held += one.true_error <= one.error
        text = f"{name:20}{n:>7}{one.sigma:>9.5f}{one.error:>9.5f}"
        if one.extrapolated is None or one.extrapolated_error is None:
            text += f"{'-':>9}{'-':>9}"
            verdict = "-"
        else:
            within = abs(one.extrapolated - truth) <= one.extrapolated_error
            known += 1
            held_x += within
            verdict = "in" if within else "OUT"
            text += f"{one.extrapolated:>9.5f}{one.extrapolated_error:>9.5f}"
        inside_error = "in" if one.true_error <= one.error else "OUT"
        text += f"{truth:>9.5f}{abs(finest - fine):>9.5f}{inside_error:>8}{verdict:>5}"
        print(text, flush=True)
    print(
        f"sigma +- error contains the truth in {held} of {len(SHAPES)}, X +- in {held_x} of {known}"
    )


if __name__ == "__main__":
    main()
