# SPDX-License-Identifier: BSD-3-Clause
"""Profiles and height maps under the block of a cell: the one place that calls ``contact``.

What touches is what the contact problem says, on the sheet that the block reaches from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from interfacefem.contact.cell_bodies import block_of_cell, body_of_cell
from interfacefem.contact.map_problem import MapContact, MapContactProblem
from interfacefem.contact.map_run import CellResponse, problem_of_map
from interfacefem.contact.map_solver import MapSolverSettings, solve_map_loads
from interfacefem.contact.map_waves import MapWaves
from interfacefem.contact.run import problem_of_cell
from interfacefem.contact.solver import ContactSolution, solve_loads
from interfacefem.contact.surface import LEAST_NODES, MOST_NODES
from interfacefem.current.map_run import default_map_height
from interfacefem.current.run import default_height
from interfacefem.interface.grid import Side, SurfaceGrid
from interfacefem.interface.pressed import PressedSurface
from interfacefem.parameters.case_file import Cell
from interfacefem.surfaces import Profile
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.roughness import lowest_heights

Array = npt.NDArray[np.floating]

LINE_NODES = 4096  # a hot spot is as strong as its contact is small
_MOST_MAP_NODES = 1024  # along a side of a refined map
_MAP_TOLERANCE = 1e-8  # the masks are those of 1e-11
_HALF_LINES = (-3, -1, 1, 3)  # nodes more than half as many: edges fall between others
_FEWEST_LINE_NODES = 2 * (LEAST_NODES + 3)  # for the half grids
_HIDDEN_SAMPLES = 20_000
_SAME_HEIGHT = 1e-6  # of the width
_OPEN = 0


def barber_modulus(cell: Cell) -> float | None:
    """Composite modulus E* in Pa; None where Barber's identity does not hold.

    It holds between half-spaces that approach each other without turning (J. R. Barber,
    Proc. R. Soc. A 459 (2003) 53).
    """
    body, block = body_of_cell(cell), block_of_cell(cell)
    if not body.is_half_space or cell.block.rotation == "free" or cell.stress.boundary == "finite":
        return None
    compliance = 1 / body.plane_strain_modulus
    if block is not None:
        compliance += 1 / block.plane_strain_modulus
    return 1 / compliance


class PressedMap:
    """A height map under the block of a cell (a ``Pressing``).

    Raises:
        InputError: The map or the cell does not make a contact problem.
    """

    dimensions = 3
    hidden_share = 0.0

    def __init__(self, height_map: HeightMap, cell: Cell) -> None:
        self._map, self._cell = height_map, cell
        self._problem = problem_of_map(height_map, cell)
        self.height = cell.domain.height or default_map_height(height_map)
        self.modulus = barber_modulus(cell)

    @property
    def hardness(self) -> float:
        """Of the electrolyte in Pa; infinite: elastic."""
        return self._problem.hardness

    def at(self, pressures: Sequence[float]) -> list[PressedSurface]:
        """Contacts at mean pressures in Pa, in the order given.

        Raises:
            InputError: A pressure the contact cannot bear.
            ConvergenceError: The contact problem was not solved.
        """
        return _solved_map(self._problem, self._grid(self._map), pressures)

    def on_half_grids(self, pressures: Sequence[float]) -> list[list[PressedSurface]]:
        """The same on the four interleaved grids of every other sample.

        Raises:
            InputError: A pressure the contact cannot bear.
            ConvergenceError: The contact problem was not solved.
        """
        found = []
        for problem, grid in self._half_problems():
            found.append(_solved_map(problem, grid, pressures))
        return found

    def undercut(self, pressed: PressedSurface) -> float:
        """A height map has no overhangs."""
        return 0.0

    def finer(self, pressure: float, factor: int) -> PressedSurface | None:
        """The contact with the step divided, heights by cubic splines; None above 1024 nodes."""
        heights = self._map.heights
        shape = tuple((n - 1) * factor + 1 for n in heights.shape)
        if max(shape) > _MOST_MAP_NODES + 1:
            return None
        fine = _resampled(heights, shape, self._map)
        problem = problem_of_map(fine, self._with_rotation())
        return _solved_map(problem, self._grid(fine), [pressure])[0]

    def _grid(self, height_map: HeightMap) -> SurfaceGrid:
        boundary = self._cell.stress.boundary
        rows, columns = height_map.heights.shape
        if boundary == "periodic":
            rows, columns = rows - 1, columns - 1
        side: Side = _SIDES[boundary]
        spacing = (height_map.pixel_size_y, height_map.pixel_size_x)
        return SurfaceGrid((rows, columns), spacing, (side, side))

    def _with_rotation(self) -> Cell:
        """The cell with a rotation said: whether the map is level was decided on the whole."""
        if self._cell.block.rotation is not None:
            return self._cell
        block = self._cell.block.model_copy(update={"rotation": "fixed"})
        return self._cell.model_copy(update={"block": block})

    def _half_problems(self) -> list[tuple[MapContactProblem, SurfaceGrid]]:
        heights, boundary = self._map.heights, self._cell.stress.boundary
        even = tuple(2 * (n // 2) + (boundary != "finite") for n in heights.shape)
        even = tuple(max(n, 5) for n in even)
        if boundary != "finite" and even != heights.shape:
            whole = _resampled(heights, even, self._map)
        else:
            whole = self._map.with_heights(heights[: even[0], : even[1]])
        steps = (2 * whole.pixel_size_y, 2 * whole.pixel_size_x)
        problems = []
        for oy in (0, 1):
            for ox in (0, 1):
                if boundary == "mirror":
                    problems.append(self._mirrored_half(whole.heights[oy::2, ox::2], steps, oy, ox))
                    continue
                part = whole.heights
                if boundary == "periodic":
                    part = np.pad(part[:-1, :-1][oy::2, ox::2], ((0, 1), (0, 1)), mode="wrap")
                else:
                    part = part[oy::2, ox::2]
                half = HeightMap(part, steps[1], steps[0])
                problems.append((problem_of_map(half, self._with_rotation()), self._grid(half)))
        return problems

    def _mirrored_half(
        self, heights: Array, steps: tuple[float, float], oy: int, ox: int
    ) -> tuple[MapContactProblem, SurfaceGrid]:
        """Mirrors through the outermost samples, or half a step beyond them."""
        sides: tuple[Side, Side] = ("cells" if oy else "nodes", "cells" if ox else "nodes")
        grid = SurfaceGrid((heights.shape[0], heights.shape[1]), steps, sides)
        cell = self._cell
        response = CellResponse(body_of_cell(cell), block_of_cell(cell), cell.stress.depth)
        problem = MapContactProblem(
            heights - heights.min(),
            _GridWaves(grid, response),
            cell.electrolyte.hardness,
            rotation_free=cell.block.rotation == "free",
        )
        return problem, grid


class PressedLine:
    """A profile under the block of a cell (a ``Pressing``).

    Raises:
        InputError: The profile or the cell does not make a contact problem.
    """

    dimensions = 2

    def __init__(self, profile: Profile, cell: Cell) -> None:
        self._profile = profile
        self._cell = _with_nodes(cell, max(cell.stress.nodes or LINE_NODES, _FEWEST_LINE_NODES))
        self._problem = problem_of_cell(profile, self._cell)
        self.height = cell.domain.height or default_height(profile)
        self.modulus = barber_modulus(cell)
        self._sheets = _sheets(profile, self._problem.surface.x)
        self.hidden_share = _hidden_share(profile)

    @property
    def hardness(self) -> float:
        """Of the electrolyte in Pa; infinite: elastic."""
        return self._problem.hardness

    def at(self, pressures: Sequence[float]) -> list[PressedSurface]:
        """Contacts at mean pressures in Pa, in the order given.

        Raises:
            InputError: A pressure the contact cannot bear.
            ConvergenceError: The contact problem was not solved.
        """
        return [_of_line(solution) for solution in solve_loads(self._problem, pressures)]

    def on_half_grids(self, pressures: Sequence[float]) -> list[list[PressedSurface]]:
        """The same on four grids of about half as many nodes, whose edges fall apart.

        Raises:
            InputError: A pressure the contact cannot bear.
            ConvergenceError: The contact problem was not solved.
        """
        nodes = len(self._problem.surface.x) // 2
        return [self._sampled(nodes + more, pressures) for more in _HALF_LINES]

    def undercut(self, pressed: PressedSurface) -> float:
        """Share of the contact above which the line has another sheet."""
        if len(pressed.contact) != len(self._sheets):
            return 0.0
        return float(np.mean(self._sheets[pressed.contact] > 1))

    def finer(self, pressure: float, factor: int) -> PressedSurface | None:
        """The contact with the step divided; None above 8192 nodes."""
        nodes = len(self._problem.surface.x) * factor
        return None if nodes > MOST_NODES else self._sampled(nodes, [pressure])[0]

    def _sampled(self, nodes: int, pressures: Sequence[float]) -> list[PressedSurface]:
        cell = _with_nodes(self._cell, nodes)
        if cell.block.rotation is None:
            block = cell.block.model_copy(update={"rotation": "fixed"})
            cell = cell.model_copy(update={"block": block})
        problem = problem_of_cell(self._profile, cell)
        return [_of_line(solution) for solution in solve_loads(problem, pressures)]


def pressed_surface_of(surface: Profile | HeightMap, cell: Cell) -> PressedLine | PressedMap:
    """The surface under the block of the cell.

    Raises:
        InputError: They do not make a contact problem.
    """
    if isinstance(surface, HeightMap):
        return PressedMap(surface, cell)
    return PressedLine(surface, cell)


_SIDES: dict[str, Side] = {"periodic": "periodic", "mirror": "nodes", "finite": "cells"}


class _GridWaves(MapWaves):
    """Compliance on any mirrored grid."""

    def __init__(self, grid: SurfaceGrid, response: CellResponse) -> None:
        self.shape, self.weights, self._grid = grid.shape, grid.weights, grid
        lengths, place = np.unique(grid.wavenumbers, return_inverse=True)
        answer = response(lengths)
        place = place.reshape(grid.wavenumbers.shape)
        stiffness = 1 / np.where(lengths > 0, answer.compliance, 1.0)
        stiffness[0] = stiffness[1]
        self._compliance, self._stiffness = answer.compliance[place], stiffness[place]
        self._transmission = answer.transmission[place]

    def displacement(self, pressure: Array) -> Array:
        return self._grid.apply(self._compliance, pressure)

    def stiffened(self, displacement: Array) -> Array:
        return self._grid.apply(self._stiffness, displacement)

    def stress_at_depth(self, pressure: Array) -> Array:
        return self._grid.apply(self._transmission, pressure)


def _solved_map(
    problem: MapContactProblem, grid: SurfaceGrid, pressures: Sequence[float]
) -> list[PressedSurface]:
    order = np.argsort(pressures)
    settings = MapSolverSettings(tolerance=_MAP_TOLERANCE)
    solutions = solve_map_loads(problem, [pressures[i] for i in order], settings)
    found: list[Any] = [None] * len(pressures)
    for place, solution in zip(order, solutions, strict=True):
        found[place] = _of_map(solution, grid)
    return found


def _of_map(solution: MapContact, grid: SurfaceGrid) -> PressedSurface:
    contact = solution.pressure > 0
    return PressedSurface(
        grid,
        solution.mean_pressure,
        contact,
        solution.pressure,
        np.where(contact, 0.0, np.maximum(solution.gap, 0.0)),
        float(grid.mean(solution.gap)),
        solution.pressure >= solution.problem.hardness,
    )


def _of_line(solution: ContactSolution) -> PressedSurface:
    surface = solution.problem.surface
    side: Side = "periodic" if surface.boundary == "periodic" else "cells"
    grid = SurfaceGrid((len(surface.x),), (surface.spacing,), (side,))
    contact = solution.states != _OPEN
    return PressedSurface(
        grid,
        solution.mean_pressure,
        contact,
        solution.pressure,
        np.where(contact, 0.0, np.maximum(solution.gap, 0.0)),
        float(grid.mean(solution.gap)),
        solution.capped,
    )


def _with_nodes(cell: Cell, nodes: int) -> Cell:
    stress = cell.stress.model_copy(update={"nodes": nodes})
    return cell.model_copy(update={"stress": stress})


def _resampled(heights: Array, shape: tuple[int, ...], like: HeightMap) -> HeightMap:
    """The same extent with other samples, by cubic splines."""
    places = [np.linspace(0.0, n - 1, count) for n, count in zip(heights.shape, shape, strict=True)]
    values = map_coordinates(heights, np.meshgrid(*places, indexing="ij"), order=3, mode="mirror")
    rows, columns = shape
    return HeightMap(values, like.width_x / (columns - 1), like.width_y / (rows - 1))


def _hidden_share(profile: Profile) -> float:
    """Share of the line's length that lies behind another part of it, seen from the block."""
    if not profile.has_overhangs:
        return 0.0
    along = np.linspace(0.0, profile.length, _HIDDEN_SAMPLES)
    x, z = (np.interp(along, profile.arc_length, values) for values in (profile.x, profile.z))
    order = np.argsort(x)
    lowest = np.empty_like(z)
    lowest[order] = lowest_heights(profile, np.ascontiguousarray(x[order]))
    return float(np.mean(z > lowest + _SAME_HEIGHT * profile.width))


def _sheets(profile: Profile, x: Array) -> npt.NDArray[np.integer]:
    """How many times the line passes each x."""
    left = np.minimum(profile.x[1:], profile.x[:-1])
    right = np.maximum(profile.x[1:], profile.x[:-1])
    begun = np.searchsorted(np.sort(left), x, side="right")
    ended = np.searchsorted(np.sort(right), x, side="left")
    return begun - ended
