# SPDX-License-Identifier: BSD-3-Clause
"""Descriptors of segmented volumes against exact values."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from interfacefem.mpi import MPI
from interfacefem.reference.verification_row import VerificationRow, absolute_row, relative_row
from interfacefem.volumes.interface_areas import surface_area
from interfacefem.volumes.pore_paths import pore_paths
from interfacefem.volumes.pores import find_pores
from interfacefem.volumes.random_walk import random_walk

_CUBE = (1.0, 1.0, 1.0)


def check_paths(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Shortest way through a maze, tortuosity of a diagonal slit, same on each."""
    legs, length = 9, 30
    maze = np.zeros((2 * legs + 1, length, 1), dtype=bool)
    maze[1::2] = True
    maze[0, 0] = True
    maze[2::4, -1] = maze[4::4, 0] = True
    paths = pore_paths(find_pores(maze, _CUBE))
    yield relative_row(
        "maze", "shortest path", "voxels", paths.shortest, legs * (length - 1) + 2 * legs + 1, 1e-12
    )
    depth, width = 120, 45.0
    z = (np.arange(depth) + 0.5)[:, None]
    x = (np.arange(int(depth + width)) + 0.5)[None, :]
    slit = (np.abs(x - width / 2 - z) < width / 2)[:, :, None]
    paths = pore_paths(find_pores(slit, _CUBE))
    # straight down from the mouth, or straight from its nearer end
    exact = np.hypot(np.maximum(x - width, 0), z) / z
    reached = np.isfinite(paths.distance[-1, :, 0])
    yield relative_row(
        "diagonal slit", "tortuosity of the last slice", "",
        paths.tortuosity, float(exact[-1][reached].mean()), 0.005,
    )  # fmt: skip


def check_areas(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Spheres from a radius of 10 voxels up, same on each."""
    for radius in (10.0, 20.0):
        count = int(2 * radius) + 12
        places = np.moveaxis(np.indices((count,) * 3) + 0.5, 0, -1) - count / 2 - 0.2
        area = surface_area((places**2).sum(axis=-1) < radius**2, _CUBE)
        yield relative_row(
            f"sphere, radius {radius:g} voxels", "area", "voxels^2",
            area, 4 * math.pi * radius**2, 0.01,
        )  # fmt: skip


def check_walk(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Random walk in free space, within three standard errors, same on each."""
    walk = random_walk(np.ones((8, 8, 8), dtype=bool), _CUBE, walkers=512, steps=6400)
    for axis, (factor, error) in enumerate(
        zip(walk.tortuosity_factor, walk.standard_error, strict=True)
    ):
        yield absolute_row(
            f"random walk in free space, axis {axis}", "tortuosity factor", "",
            factor, 1.0, min(3 * error, 0.15),
        )  # fmt: skip
