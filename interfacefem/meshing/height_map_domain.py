# SPDX-License-Identifier: BSD-3-Clause
"""The electrolyte above a height map: a box of tetrahedra whose bottom follows the map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import basix.ufl
import numpy as np
import numpy.typing as npt

from interfacefem import compat
from interfacefem.errors import MeshError
from interfacefem.meshing.column_quality import PATHS, column_quality
from interfacefem.meshing.interface_mesh import ElectrolyteMesh
from interfacefem.meshing.profile_domain import REFUSED_ANGLE
from interfacefem.meshing.triangulation import NO_CONTACT_TAG, Boundary
from interfacefem.mpi import MPI
from interfacefem.surfaces.contact_mask import ContactMap
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.height_map_samples import resample
from interfacefem.units import UM

Facets = npt.NDArray[np.int32]

FRONT_TAG, BACK_TAG = 7, 8  # the sides y = 0 and y = width
_MIN_LAYERS = 3


@dataclass(frozen=True)
class MapMeshSettings:
    """How the domain above a height map is meshed.

    Attributes:
        lateral_cells: Cells along the longer side; the map is resampled to them.
        growth: Increase of a layer's thickness over that of the layer below it.
        layers: Number of layers; default: the first is as thick as a cell is wide.
    """

    lateral_cells: int = 100
    growth: float = 0.15
    layers: int | None = None

    def at_half_resolution(self) -> MapMeshSettings:
        """Settings of a mesh whose cells are twice as wide and high."""
        return MapMeshSettings(
            max(1, self.lateral_cells // 2),
            (1 + self.growth) ** 2 - 1,
            None if self.layers is None else max(1, self.layers // 2),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class HeightMapMesh(ElectrolyteMesh):
    """The electrolyte above a height map.

    Attributes:
        facets: Cell and number within it of the boundary facets this rank owns, by tag
            (:class:`Boundary`, ``FRONT_TAG``, ``BACK_TAG``, ``NO_CONTACT_TAG``).
        height_map: The interface as it was meshed.
        interface_area: True area of the interface in m^2.
    """

    facets: Mapping[int, Facets]
    height_map: HeightMap
    interface_area: float

    @property
    def interface_size(self) -> float:
        """True area of the interface in m^2."""
        return self.interface_area

    @property
    def projected_size(self) -> float:
        """Area of the top face in m^2."""
        return self.height_map.width_x * self.height_map.width_y

    def boundary_facets(self, tag: int) -> Facets:
        """As :meth:`ElectrolyteMesh.boundary_facets`, but rank-local."""
        return self.facets[tag]

    def facet_vertices(self, tag: int) -> npt.NDArray[np.floating]:
        """Corners of the facets with a tag in m, shape ``(n, 3, 3)``."""
        cells, local = self.facets[tag].T
        nodes = np.take_along_axis(
            compat.geometry_dofmap(self.mesh)[cells], _OPPOSITE[local], axis=1
        )
        return self.mesh.geometry.x[nodes]

    def with_contact(self, contact: ContactMap) -> HeightMapMesh:
        """The same domain with metal only where ``contact`` says so.

        A facet touches if its middle does.
        """
        interface = self.facets[Boundary.INTERFACE]
        middles = self.facet_vertices(Boundary.INTERFACE).mean(axis=1)
        touches = contact.touches(middles[:, 0], middles[:, 1])
        insulated = np.vstack([self.facets[NO_CONTACT_TAG], interface[~touches]])
        facets = {
            **self.facets,
            int(Boundary.INTERFACE): interface[touches],
            NO_CONTACT_TAG: insulated,
        }
        return replace(self, facets=facets)


# the corners of a tetrahedron that facet i has: all but i
_OPPOSITE = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])


@dataclass(frozen=True)
class _Grid:
    """Cells along x, y and z; columns of cells run along z, nodes too."""

    nx: int
    ny: int
    nz: int

    def share_of_columns(self, comm: MPI.Comm) -> npt.NDArray[np.int64]:
        """Columns this rank makes: contiguous rows of them, so that few facets are shared."""
        return _share(self.nx * self.ny, comm)

    def cells(self, columns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Nodes of the tetrahedra, six to each hexahedron, shape ``(m, 4)``."""
        along_x, along_y = self.nz + 1, (self.nz + 1) * (self.nx + 1)
        row, column = np.divmod(columns, self.nx)
        first = (row * along_y + column * along_x)[:, None] + np.arange(self.nz)
        steps = np.cumsum(np.array([along_x, along_y, 1])[PATHS], axis=1)
        corners = np.column_stack([np.zeros(len(PATHS), dtype=np.int64), steps])
        return (first[:, :, None, None] + corners).reshape(-1, 4)

    def lines_of_nodes(
        self, columns: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Lines of nodes along z that some columns of cells have, and those of them around which
        not all four columns are among these."""
        row, column = np.divmod(columns, self.nx)
        among = np.zeros((self.ny + 1, self.nx + 1), dtype=np.int64)
        for along_y, along_x in ((0, 0), (0, 1), (1, 0), (1, 1)):
            # a corner of one column is the same corner of no other
            among[row + along_y, column + along_x] += 1
        return np.flatnonzero(among), np.flatnonzero((among > 0) & (among < 4))

    def nodes(self, lines: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Nodes of lines along z."""
        return (lines[:, None] * (self.nz + 1) + np.arange(self.nz + 1)).ravel()


def mesh_height_map(
    height_map: HeightMap,
    height: float,
    settings: MapMeshSettings | None = None,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> HeightMapMesh:
    """Mesh the electrolyte between a height map and a flat top with tetrahedra.

    Columns of hexahedra, each cut into six tetrahedra around its diagonal (H. W. Kuhn, IBM J. Res.
    Dev. 4, 518 (1960)); every rank makes its own columns.

    Args:
        height_map: The interface, electrolyte above; the same on all ranks.
        height: Height of the top face above the map's mean, in m.
        settings: Resolution; the default gives about 1.2 million tetrahedra for a square map.
        comm: Communicator the mesh lives on.

    Raises:
        MeshError: The top lies below the map's highest point, the resolution makes no sense, or
            slopes are so steep that cells degenerate.

    Collective.
    """
    settings = settings or MapMeshSettings()
    if not (settings.lateral_cells >= 1 and settings.growth >= 0):
        raise MeshError(
            "the resolution makes no sense",
            found=settings,
            expected="lateral_cells >= 1 and growth >= 0",
        )
    top = height_map.mean_height + height
    if not top > height_map.heights.max():
        above_mean = (height_map.heights.max() - height_map.mean_height) / UM
        raise MeshError(
            "the top face lies below the map's highest point",
            field="domain.height",
            found=f"{height / UM:g} um above the mean height",
            expected=f"more than {above_mean:g} um",
        )
    edge = max(height_map.width_x, height_map.width_y) / settings.lateral_cells
    nx = max(1, round(height_map.width_x / edge))
    ny = max(1, round(height_map.width_y / edge))
    if height_map.heights.shape != (ny + 1, nx + 1):
        height_map = resample(height_map, (ny + 1, nx + 1))
    levels = _levels(height / edge, settings)
    grid = _Grid(nx, ny, len(levels) - 1)
    columns = grid.share_of_columns(comm)
    quality = column_quality(height_map, top, levels, columns, comm)
    if quality.inverted or quality.smallest_angle < REFUSED_ANGLE:
        raise MeshError(
            "the mesh has badly shaped tetrahedra",
            found=f"smallest angle {quality.smallest_angle:.2f} degrees, "
            f"{quality.inverted} inverted",
            expected=f"at least {REFUSED_ANGLE:g} degrees; raise the top (domain.height) or smooth "
            "the map (low-pass cutoff)",
        )
    element = basix.ufl.element("Lagrange", "tetrahedron", 1, shape=(3,))
    if compat.CELLS_CAN_KEEP_THEIR_ORDER:
        lines, outer_lines = grid.lines_of_nodes(columns)
        points = _points(height_map, top, levels, lines)
        mesh = compat.create_mesh_in_order(
            comm,
            grid.cells(columns),
            grid.nodes(lines),
            points,
            element,
            grid.nodes(outer_lines),
        )
    else:
        points = _points(height_map, top, levels, _share((nx + 1) * (ny + 1), comm))
        mesh = compat.create_mesh_in_place(comm, grid.cells(columns), points, element)
    facets = _boundary_facets(
        np.asarray(mesh.geometry.input_global_indices)[compat.geometry_dofmap(mesh)],
        np.asarray(mesh.topology.original_cell_index),
        grid,
    )
    return HeightMapMesh(
        comm=comm,
        mesh=mesh,
        mean_height=height_map.mean_height,
        top=top,
        quality=quality,
        facets=facets,
        height_map=height_map,
        interface_area=_surface_area(height_map),
    )


def _levels(relative_height: float, settings: MapMeshSettings) -> npt.NDArray[np.floating]:
    """Heights of the nodes of a column, 0 at the interface and 1 at the top.

    Args:
        relative_height: Of the domain over the width of a cell.
        settings: Growth, and the number of layers where it is given.
    """
    ratio = 1 + settings.growth
    layers = settings.layers
    if layers is None:
        grown = relative_height
        if settings.growth > 0:
            grown = math.log1p(settings.growth * relative_height) / math.log(ratio)
        layers = max(_MIN_LAYERS, round(grown))
    levels = np.concatenate([[0.0], np.cumsum(ratio ** np.arange(layers))])
    return levels / levels[-1]


def _points(
    height_map: HeightMap,
    top: float,
    levels: npt.NDArray[np.floating],
    lines: npt.NDArray[np.int64],
) -> npt.NDArray[np.floating]:
    """Coordinates in m of the nodes of lines along z, shape ``(n, 3)``."""
    row, column = np.divmod(lines, height_map.heights.shape[1])
    points = np.empty((len(lines), len(levels), 3))
    points[..., 0] = (column * height_map.pixel_size_x)[:, None]
    points[..., 1] = (row * height_map.pixel_size_y)[:, None]
    bottom = height_map.heights[row, column][:, None]
    points[..., 2] = bottom + (top - bottom) * levels
    return points.reshape(-1, 3)


def _share(count: int, comm: MPI.Comm) -> npt.NDArray[np.int64]:
    """Consecutive numbers below ``count`` for this rank, all ranks' shares about equal."""
    first, last = (count * rank // comm.size for rank in (comm.rank, comm.rank + 1))
    return np.arange(first, last)


def _boundary_facets(
    nodes: npt.NDArray[np.int64], cell_numbers: npt.NDArray[np.int64], grid: _Grid
) -> dict[int, Facets]:
    """Facets by tag.

    Args:
        nodes: Numbers of the nodes of each cell of this rank in the grid, shape ``(m, 4)``.
        cell_numbers: Number of each cell in the grid, shape ``(m,)``.
        grid: Where the nodes lie.
    """
    hexahedra, layer = np.divmod(cell_numbers // len(PATHS), grid.nz)
    row, column = np.divmod(hexahedra, grid.nx)
    found: dict[int, Facets] = {NO_CONTACT_TAG: np.empty((0, 2), dtype=np.int32)}
    for first, last, of_cell, stride, count in (
        (Boundary.INTERFACE, Boundary.TOP, layer, 1, grid.nz),
        (Boundary.LEFT, Boundary.RIGHT, column, grid.nz + 1, grid.nx),
        (FRONT_TAG, BACK_TAG, row, (grid.nz + 1) * (grid.nx + 1), grid.ny),
    ):
        for tag, end in ((first, 0), (last, count)):
            cells = np.flatnonzero(of_cell == max(end - 1, 0))
            on_side = nodes[cells] // stride % (count + 1) == end
            facets = on_side.sum(axis=1) == 3
            local = np.argmin(on_side[facets], axis=1)
            found[int(tag)] = np.column_stack([cells[facets], local]).astype(np.int32)
    return found


def _surface_area(height_map: HeightMap) -> float:
    """Area of the triangles the interface is made of, in m^2."""
    steps_x = np.diff(height_map.heights, axis=1) / height_map.pixel_size_x
    steps_y = np.diff(height_map.heights, axis=0) / height_map.pixel_size_y
    slopes = (
        steps_x[:-1] ** 2 + steps_y[:, 1:] ** 2,
        steps_x[1:] ** 2 + steps_y[:, :-1] ** 2,
    )
    cell = height_map.pixel_size_x * height_map.pixel_size_y / 2
    return float(sum(np.sum(np.sqrt(1 + slope)) for slope in slopes) * cell)
