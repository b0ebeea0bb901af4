# SPDX-License-Identifier: BSD-3-Clause
"""Uniform refinement of a triangulation, for convergence orders on one sequence of meshes."""

from __future__ import annotations

import numpy as np

from interfacefem.meshing import Triangulation


def refine_uniformly(coarse: Triangulation) -> Triangulation:
    """Split each triangle into four and each boundary edge into two.

    The polygon stays the same, and so do the shapes of the triangles.
    """
    a, b, c = coarse.triangles.T
    sides = np.sort(np.concatenate([[a, b], [b, c], [c, a]], axis=1).T, axis=1)
    unique, inverse = np.unique(sides, axis=0, return_inverse=True)
    count = len(coarse.points)
    ab, bc, ca = (inverse.ravel() + count).reshape(3, -1)
    points = np.vstack([coarse.points, coarse.points[unique].mean(axis=1)])
    triangles = np.concatenate([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]], axis=1).T
    keys = unique @ [count, 1]
    start, end = coarse.edges.T
    middle = count + np.searchsorted(keys, np.sort(coarse.edges, axis=1) @ [count, 1])
    chain = coarse.interface_nodes
    pairs = np.sort(np.column_stack([chain[:-1], chain[1:]]), axis=1)
    between = count + np.searchsorted(keys, pairs @ [count, 1])
    interface = np.empty(2 * len(chain) - 1, dtype=np.int64)
    interface[::2], interface[1::2] = chain, between
    return Triangulation(
        points,
        triangles,
        np.concatenate([[start, middle], [middle, end]], axis=1).T,
        np.tile(coarse.edge_tags, 2),
        interface,
    )
