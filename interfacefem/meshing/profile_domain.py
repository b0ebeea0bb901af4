# SPDX-License-Identifier: BSD-3-Clause
"""The electrolyte above a profile, meshed by gmsh."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem import compat
from interfacefem.errors import MeshError
from interfacefem.meshing.boundary_nodes import (
    grade_in_space,
    interface_nodes,
    require_few_nodes,
    side_nodes,
)
from interfacefem.meshing.point_cloud import graded_points, triangles_inside
from interfacefem.meshing.triangulation import Boundary, Triangulation, cross_product
from interfacefem.surfaces import Profile
from interfacefem.units import UM

_log = logging.getLogger(__name__)
_ONE_AT_A_TIME = threading.RLock()  # gmsh has one session in a process

MAX_BULK_TRIANGLES = 1_000_000
_MIN_EDGES_ON_TOP = 3
# degrees; a sharp wedge of the profile itself cannot be meshed with larger angles than its own
REFUSED_ANGLE = 0.5
DOUBTFUL_ANGLE = 5.0
_ACCEPTED_ANGLE = 10.0  # of the quick triangulation; below it the careful one is tried
_DELAUNAY = 5  # gmsh's algorithm 5 was fastest at equal quality (physics.md section 1)


@dataclass(frozen=True)
class MeshSettings:
    """How the domain above a profile is meshed.

    Attributes:
        interface_edges: The longest edge on the interface is the profile's length over this number;
            shorter segments of the profile keep their length.
        growth: Increase of the edge length per unit of distance from the interface.
        halve_at_corners: Whether edges beside a corner of the profile are halved.
    """

    interface_edges: int = 300
    growth: float = 0.4
    halve_at_corners: bool = True


def mesh_profile(
    profile: Profile, height: float, settings: MeshSettings | None = None
) -> Triangulation:
    """Mesh the electrolyte between a profile and a flat top.

    Each point of the profile is a node of the mesh; edges are halved beside its corners and grow
    away from it. gmsh triangulates a graded cloud of points; where that leaves an angle below 10
    degrees, gmsh meshes the domain itself between the same boundary nodes (Extend field).

    Args:
        profile: The interface, electrolyte above.
        height: Height of the top face above the profile's mean line, in m.
        settings: Resolution; the default gives about 3,000 triangles, more for a profile
            of many points.

    Returns:
        The mesh, quality checked.

    Raises:
        MeshError: The top lies below the profile's highest point, or gmsh fails.

    Rank-local: call on one rank and distribute the result.
    """
    settings = settings or MeshSettings()
    top = require_top_above(profile, height)
    # micrometres: gmsh's geometric tolerances are absolute and made for lengths near one
    longest_edge = profile.length / settings.interface_edges
    # no coarser than a narrow domain is wide
    coarsest = min(settings.growth * height + longest_edge, profile.width / _MIN_EDGES_ON_TOP)
    bulk_triangles = 2 * profile.width * (top - profile.z.min()) / coarsest**2
    if bulk_triangles > MAX_BULK_TRIANGLES:
        raise MeshError(
            "the domain is too tall for its width",
            found=f"{profile.width / UM:.3g} um wide, {(top - profile.z.min()) / UM:.3g} um tall",
            expected="a smaller domain.height, or a profile without an outlier",
        )
    loop = [piece / UM for piece in _boundary_loop(profile, top, longest_edge, coarsest, settings)]
    pieces = [len(piece) for piece in loop]
    require_few_nodes(sum(pieces))
    points, triangles = _triangulate_cloud(loop, coarsest / UM, settings.growth)
    if triangles is not None:
        mesh = _assemble(points * UM, triangles, pieces)
        if not mesh.quality.inverted and mesh.quality.smallest_angle >= _ACCEPTED_ANGLE:
            return mesh
    points, triangles = _triangulate(loop, coarsest / UM, settings.growth)
    mesh = _assemble(points * UM, triangles, pieces)
    _require_quality(mesh)
    return mesh


def require_top_above(profile: Profile, height: float) -> float:
    """z of the top face in m, ``height`` above the profile's mean line.

    Raises:
        MeshError: It lies below the profile's highest point.
    """
    top = profile.mean_height + height
    if not top > profile.z.max():
        raise MeshError(
            "the top face lies below the profile's highest point",
            field="domain.height",
            found=f"{height / UM:g} um above the mean line",
            expected=f"more than {(profile.z.max() - profile.mean_height) / UM:g} um",
        )
    return top


def _triangulate_cloud(
    loop: list[npt.NDArray[np.floating]], coarsest: float, growth: float
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.int64] | None]:
    """Delaunay triangles of a graded cloud of points; None where they do not respect the loop.

    Takes a fifth of the time of :func:`_triangulate`, which remains for the sharpest tips.
    """
    ring = np.vstack([piece[:-1] for piece in loop])
    points = np.vstack([ring, graded_points(ring, coarsest, growth)])
    with _gmsh_model() as gmsh:
        triangles = compat.delaunay_triangles(gmsh, points)
    return points, triangles_inside(len(ring), points, triangles)


def _boundary_loop(
    profile: Profile, top: float, longest_edge: float, coarsest: float, settings: MeshSettings
) -> list[npt.NDArray[np.floating]]:
    """Nodes of interface, right, top and left side, counter-clockwise; corners on both pieces."""
    growth = settings.growth
    interface = interface_nodes(
        profile, longest_edge, growth, halve_at_corners=settings.halve_at_corners
    )
    edges = np.hypot(*np.diff(interface, axis=0).T)
    top_right = np.array([interface[-1, 0], top])
    top_left = np.array([interface[0, 0], top])
    right = side_nodes(interface[-1], top_right, edges[-1], coarsest, growth)
    left = side_nodes(interface[0], top_left, edges[0], coarsest, growth)[::-1]
    top_side = side_nodes(top_right, top_left, coarsest, coarsest, growth)
    return grade_in_space([interface, right, top_side, left], growth)


def _triangulate(
    loop: list[npt.NDArray[np.floating]], coarsest: float, growth: float
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.int64]]:
    """Triangles inside the loop; the loop's nodes come first, in order."""
    with _gmsh_model() as gmsh:
        model = gmsh.model
        corners = [model.geo.addPoint(*piece[0], 0.0) for piece in loop]
        inner = [model.geo.addPoint(*point, 0.0) for point in loop[0][1:-1]]
        curves = [model.geo.addPolyline([corners[0], *inner, corners[1]])]
        curves += [model.geo.addLine(corners[i], corners[(i + 1) % 4]) for i in (1, 2, 3)]
        surface = model.geo.addPlaneSurface([model.geo.addCurveLoop(curves)])
        model.geo.synchronize()
        _prescribe_boundary_nodes(gmsh, loop, corners, curves)
        field = model.mesh.field.add("Extend")
        model.mesh.field.setNumbers(field, "CurvesList", curves)
        model.mesh.field.setNumbers(field, "SurfacesList", [surface])
        model.mesh.field.setNumber(field, "DistMax", coarsest / growth)
        model.mesh.field.setNumber(field, "SizeMax", coarsest)
        model.mesh.field.setNumber(field, "Power", 1)
        model.mesh.field.setAsBackgroundMesh(field)
        try:
            model.mesh.generate(2)
        except Exception as error:  # gmsh raises Exception itself
            raise MeshError(f"gmsh could not mesh the domain ({error})") from None
        tags, coordinates, _ = model.mesh.getNodes(2, surface, includeBoundary=True)
        types, _, connectivity = model.mesh.getElements(2, surface)
    if list(types) != [2]:
        raise MeshError("gmsh did not fill the domain with triangles", found=list(types))
    # boundary nodes carry the tags 1..n in the order of the loop
    order = np.argsort(tags)
    triangles = np.searchsorted(tags[order], connectivity[0]).reshape(-1, 3).astype(np.int64)
    return coordinates.reshape(-1, 3)[order, :2], triangles


def _prescribe_boundary_nodes(
    gmsh: Any, loop: list[npt.NDArray[np.floating]], corners: list[int], curves: list[int]
) -> None:
    """Give gmsh the mesh of the boundary; its own would cut the profile's corners."""
    starts = np.cumsum([0] + [len(piece) - 1 for piece in loop])
    corner_tags = [int(start) + 1 for start in starts[:4]]
    for corner, tag, piece in zip(corners, corner_tags, loop, strict=True):
        gmsh.model.mesh.addNodes(0, corner, [tag], [*piece[0], 0.0])
        gmsh.model.mesh.addElementsByType(corner, 15, [], [tag])
    for i, (curve, piece) in enumerate(zip(curves, loop, strict=True)):
        inner = piece[1:-1]
        tags = np.arange(len(inner)) + corner_tags[i] + 1
        if i == 0:  # a polyline's parameter is even in its points
            parameter = np.arange(1, len(inner) + 1) / (len(inner) + 1)
        else:
            side = piece[-1] - piece[0]
            parameter = (inner - piece[0]) @ side / (side @ side)
        coordinates = np.column_stack([inner, np.zeros(len(inner))])
        gmsh.model.mesh.addNodes(1, curve, tags, coordinates.ravel(), parameter)
        nodes = np.concatenate([[corner_tags[i]], tags, [corner_tags[(i + 1) % 4]]])
        pairs = np.column_stack([nodes[:-1], nodes[1:]])
        gmsh.model.mesh.addElementsByType(curve, 1, [], pairs.ravel())


def _assemble(
    points: npt.NDArray[np.floating], triangles: npt.NDArray[np.int64], pieces: list[int]
) -> Triangulation:
    total = sum(pieces) - len(pieces)
    nodes = np.arange(total)
    edges = np.column_stack([nodes, np.roll(nodes, -1)])
    order = (Boundary.INTERFACE, Boundary.RIGHT, Boundary.TOP, Boundary.LEFT)
    tags = np.repeat(np.array(order, dtype=np.int32), [count - 1 for count in pieces])
    corners = points[triangles]
    clockwise = cross_product(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) < 0
    triangles[clockwise] = triangles[clockwise][:, ::-1]
    return Triangulation(points, triangles, edges, tags, np.arange(pieces[0]))


def _require_quality(mesh: Triangulation) -> None:
    if mesh.quality.inverted or mesh.quality.smallest_angle < REFUSED_ANGLE:
        raise MeshError(
            "the mesh has badly shaped triangles",
            found=f"smallest angle {mesh.quality.smallest_angle:.2f} degrees, "
            f"{mesh.quality.inverted} inverted",
            expected=f"at least {REFUSED_ANGLE:g} degrees; raise the top (domain.height), smooth "
            "the profile (low-pass cutoff) or remove points that nearly touch",
        )
    if mesh.quality.smallest_angle < DOUBTFUL_ANGLE:
        _log.warning(
            "the mesh has an angle of %.1f degrees: the profile has a sharp wedge",
            mesh.quality.smallest_angle,
        )


@contextlib.contextmanager
def _gmsh_model() -> Iterator[Any]:
    """A fresh gmsh model, one thread at a time; leaves a session that the caller has open alone."""
    with _ONE_AT_A_TIME:
        yield from _model()


def _model() -> Iterator[Any]:
    import gmsh

    was_open = gmsh.isInitialized()
    if not was_open:
        # not interruptible: gmsh would replace Python's handler of Ctrl-C
        gmsh.initialize(["-noenv"], readConfigFiles=False, interruptible=False)
    options = {
        "General.Terminal": 0,
        "Mesh.Algorithm": _DELAUNAY,
        "Mesh.MeshOnlyEmpty": 1,
        "Mesh.MeshSizeExtendFromBoundary": 0,
        "Mesh.MeshSizeFromPoints": 0,
        "Mesh.Renumber": 0,
    }
    before = {name: gmsh.option.getNumber(name) for name in options}
    for name, value in options.items():
        gmsh.option.setNumber(name, value)
    gmsh.model.add("interfacefem")
    # gmsh shakes points by C's rand(): seeded, a mesh does not depend on those made before it
    ctypes.CDLL(None).srand(1)
    try:
        yield gmsh
    finally:
        gmsh.model.remove()
        for name, value in before.items():
            gmsh.option.setNumber(name, value)
        if not was_open:
            gmsh.finalize()
