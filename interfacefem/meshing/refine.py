# SPDX-License-Identifier: BSD-3-Clause
"""Local refinement of a triangulation by longest-edge bisection (Rivara 1984)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfacefem.meshing.triangulation import Triangulation

Indices = npt.NDArray[np.int64]


def refine(
    triangulation: Triangulation, marked: npt.NDArray[np.bool_]
) -> tuple[Triangulation, Indices]:
    """Halve the edges of the marked triangles and what conformity demands beyond.

    A triangle is always split at its longest edge first, so that angles stay above half the
    smallest one of the start however often this is repeated (M.-C. Rivara, Int. J. Numer. Meth.
    Eng. 20, 745 (1984)).

    Args:
        triangulation: The mesh.
        marked: Triangles whose three edges are to be halved, shape ``(m,)``.

    Returns:
        The refined mesh, and for each of its triangles the one of the start that holds it.
    """
    triangles = _longest_edge_first(triangulation.points, triangulation.triangles)
    # edge 0 of a triangle (corners 0 and 1) is its longest
    corner_pairs = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2)
    edges, edge_of = np.unique(
        np.sort(corner_pairs.reshape(-1, 2), axis=1), axis=0, return_inverse=True
    )
    edge_of = edge_of.reshape(-1, 3)
    halved = np.zeros(len(edges), dtype=bool)
    halved[edge_of[marked]] = True
    while True:
        missing = halved[edge_of].any(axis=1) & ~halved[edge_of[:, 0]]
        if not missing.any():
            break
        halved[edge_of[missing, 0]] = True
    count = len(triangulation.points)
    middle = np.full(len(edges), -1)
    middle[halved] = count + np.arange(np.count_nonzero(halved))
    points = np.vstack([triangulation.points, triangulation.points[edges[halved]].mean(axis=1)])
    boundary, tags = _split_boundary(triangulation, edges, middle)
    children, parents = _split_triangles(triangles, middle[edge_of])
    chain, curve_length = _split_chain(triangulation, edges, middle)
    refined = Triangulation(
        points, children, boundary, tags, chain, triangulation.outline, curve_length
    )
    return refined, parents


def _longest_edge_first(points: npt.NDArray[np.floating], triangles: Indices) -> Indices:
    corners = points[triangles]
    lengths = np.hypot(*np.moveaxis(np.roll(corners, -1, axis=1) - corners, 2, 0))
    turn = (np.argmax(lengths, axis=1)[:, None] + np.arange(3)) % 3
    return np.take_along_axis(triangles, turn, axis=1)


def _split_triangles(triangles: Indices, middles: Indices) -> tuple[Indices, Indices]:
    """Children and their parents; ``middles`` holds the new node of each edge or -1."""
    a, b, c = triangles.T
    ab, bc, ca = middles.T
    whole = ab < 0
    half_left, half_right = ca < 0, bc < 0
    children, parents = [triangles[whole]], [np.flatnonzero(whole)]
    cut = ~whole
    # left half (a, ab, c) and right half (ab, b, c), each split again where its edge is halved
    for plain, first, second in (
        (cut & half_left, (a, ab, c), None),
        (cut & ~half_left, (a, ab, ca), (ca, ab, c)),
        (cut & half_right, (ab, b, c), None),
        (cut & ~half_right, (ab, b, bc), (ab, bc, c)),
    ):
        for nodes in (first, second):
            if nodes is not None:
                children.append(np.column_stack([node[plain] for node in nodes]))
                parents.append(np.flatnonzero(plain))
    return np.vstack(children), np.concatenate(parents)


def _find_edges(edges: Indices, pairs: Indices) -> Indices:
    size = int(edges.max()) + 1
    keys = edges @ np.array([size, 1])
    return np.searchsorted(keys, np.sort(pairs, axis=1) @ np.array([size, 1]))


def _split_boundary(
    triangulation: Triangulation, edges: Indices, middle: Indices
) -> tuple[Indices, npt.NDArray[np.int32]]:
    new = middle[_find_edges(edges, triangulation.edges)]
    start, end = triangulation.edges.T
    whole = new < 0
    split = np.vstack(
        [
            triangulation.edges[whole],
            np.column_stack([start, new])[~whole],
            np.column_stack([new, end])[~whole],
        ]
    )
    tags = triangulation.edge_tags
    return split, np.concatenate([tags[whole], tags[~whole], tags[~whole]])


def _split_chain(
    triangulation: Triangulation, edges: Indices, middle: Indices
) -> tuple[Indices, npt.NDArray[np.floating] | None]:
    """Nodes of the interface, and their arc lengths on the outline where they are known."""
    chain, along = triangulation.interface_nodes, triangulation.curve_length
    new = middle[_find_edges(edges, np.column_stack([chain[:-1], chain[1:]]))]
    both = np.column_stack([chain[:-1], new]).ravel()
    nodes = np.append(both[both >= 0], chain[-1])
    if along is None:
        return nodes, None
    between = np.column_stack([along[:-1], (along[:-1] + along[1:]) / 2]).ravel()
    return nodes, np.append(between[both >= 0], along[-1])
