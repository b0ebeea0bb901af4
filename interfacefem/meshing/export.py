# SPDX-License-Identifier: BSD-3-Clause
"""Meshes to and from files of other programs: .msh (gmsh), .xdmf, .vtu (ParaView)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshio
import numpy as np
import numpy.typing as npt

from interfacefem.errors import MeshError
from interfacefem.files import written_atomically
from interfacefem.meshing.triangulation import (
    DOMAIN_TAG,
    NO_CONTACT_TAG,
    Boundary,
    Triangulation,
)

MESH_FORMATS = {".msh": "gmsh22", ".xdmf": "xdmf", ".vtu": "vtu"}
_TAGS = "gmsh:physical"


def write_mesh(triangulation: Triangulation, path: str | Path) -> None:
    """Write a mesh, coordinates in m, boundary edges tagged with :class:`Boundary` values.

    Args:
        triangulation: The mesh.
        path: File name; its suffix (.msh, .xdmf, .vtu) chooses the format.

    Raises:
        MeshError: The suffix is none of these.

    Rank-local: call on one rank.
    """
    path = Path(path)
    if path.suffix not in MESH_FORMATS:
        raise MeshError(
            "unknown mesh format", file=path, found=path.suffix, expected=", ".join(MESH_FORMATS)
        )
    tags = [
        triangulation.edge_tags.astype(np.int32),
        np.full(len(triangulation.triangles), DOMAIN_TAG, dtype=np.int32),
    ]
    # VTU and XDMF readers want three coordinates
    points = np.column_stack([triangulation.points, np.zeros(len(triangulation.points))])
    mesh = meshio.Mesh(
        points,
        [("line", triangulation.edges), ("triangle", triangulation.triangles)],
        cell_data={_TAGS: tags, "gmsh:geometrical": tags},
    )
    keywords: dict[str, Any] = {"binary": False} if path.suffix == ".msh" else {}
    if path.suffix == ".xdmf":
        keywords = {"data_format": "XML"}  # one file, so that one rename completes it
    with written_atomically(path) as temporary:
        meshio.write(temporary, mesh, file_format=MESH_FORMATS[path.suffix], **keywords)


def read_mesh(path: str | Path) -> Triangulation:
    """Read a mesh that :func:`write_mesh` wrote, or another with the same tags.

    Raises:
        MeshError: The file cannot be read, or lacks triangles, tags or a connected interface.
    """
    path = Path(path)
    if not path.exists():
        raise MeshError("no such file", file=path)
    try:
        mesh = meshio.read(path, file_format=_reader(path))
        edges = np.vstack([block.data for block in mesh.cells if block.type == "line"])
        triangles = np.vstack([block.data for block in mesh.cells if block.type == "triangle"])
        tags = np.concatenate(
            [
                data
                for block, data in zip(mesh.cells, mesh.cell_data[_TAGS], strict=True)
                if block.type == "line"
            ]
        )
    except (meshio.ReadError, KeyError, ValueError, SystemExit) as error:
        raise MeshError(
            f"cannot be read as a mesh ({error})",
            file=path,
            expected=f'triangles and line elements tagged "{_TAGS}"',
        ) from None
    missing = [piece.name.lower() for piece in Boundary if piece not in tags]
    if missing:
        raise MeshError("boundary pieces are not tagged", file=path, found=f"no {missing[0]}")
    edges, triangles = edges.astype(np.int64), triangles.astype(np.int64)
    interface = (tags == Boundary.INTERFACE) | (tags == NO_CONTACT_TAG)
    chain = _chain(edges[interface], mesh.points[:, 0], path)
    return Triangulation(
        np.ascontiguousarray(mesh.points[:, :2]), triangles, edges, tags.astype(np.int32), chain
    )


def _reader(path: Path) -> str | None:
    return "gmsh" if path.suffix == ".msh" else None


def _chain(
    edges: npt.NDArray[np.int64], x: npt.NDArray[np.floating], path: Path
) -> npt.NDArray[np.int64]:
    """Interface nodes in order from the left end."""
    neighbours: dict[int, list[int]] = {}
    for a, b in ((int(start), int(end)) for start, end in edges):
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    ends = [node for node, near in neighbours.items() if len(near) == 1]
    if len(ends) != 2:
        raise MeshError("the interface is not one curve", file=path, found=f"{len(ends)} ends")
    node = min(ends, key=lambda end: x[end])
    chain, previous = [node], -1
    while len(chain) <= len(edges):
        onward = [near for near in neighbours[node] if near != previous]
        if not onward:
            break
        previous, node = node, onward[0]
        chain.append(node)
    return np.array(chain)
