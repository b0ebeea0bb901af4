# SPDX-License-Identifier: BSD-3-Clause
"""Profiles and height maps under the block of a cell: the one place that calls ``contact``.

What touches is what the contact problem says, on the sheet that the block reaches from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from interfacefem.contact.polonsky_keer import IterationSettings, iterate
from interfacefem.contact.problem import ContactProblem, ContactSolution, contact_problem
from interfacefem.contact.run import problem_of_cell
from interfacefem.contact.solver import solve_loads
from interfacefem.contact.surface import LEAST_NODES, RoughSurface, sample_surface
from interfacefem.current.heights import default_height, default_map_height
from interfacefem.interface.grid import Side, SurfaceGrid
from interfacefem.interface.half_grids import mirrored_half, posed_on_grid
from interfacefem.interface.pressed import PressedSurface, Undercut
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import HeightMap, Profile
from interfacefem.surfaces.roughness import lowest_heights

Array = npt.NDArray[np.floating]

LINE_NODES = 4096  # a hot spot is as strong as its contact is small
_TOLERANCE = IterationSettings(tolerance=1e-8)  # the masks are those of 1e-11
_HALF_LINES = (-3, -1, 1, 3)  # nodes more than half as many: edges fall between others
_FEWEST_LINE_NODES = 2 * (LEAST_NODES + 3)  # for the half grids
_HIDDEN_SAMPLES = 20_000
_SAME_HEIGHT = 1e-6  # of the width
_BEYOND = {"periodic": "grid-wrap", "nodes": "mirror", "cells": "reflect"}


class SurfaceUnderBlock:
    """A profile or a height map under the block of a cell (a ``Pressing``).

    Attributes:
        height: Of the electrolyte above its mean surface in m.
        modulus: Composite modulus E* in Pa; None where Barber's identity does not hold: it does
            between half-spaces that approach without turning (J. R. Barber, Proc. R. Soc. A 459
            (2003) 53).
        hidden_share: Of the line's length the block cannot reach from outside; 0 for maps.
        dimensions: 2 for a line, 3 for a map.

    Raises:
        InputError: The surface or the cell does not make a contact problem.
    """

    def __init__(self, surface: Profile | HeightMap, cell: Cell) -> None:
        """Pose the contact problem.

        Args:
            surface: What is pressed.
            cell: Electrolyte, block and how the problem is posed. A line takes ``stress.nodes``
                nodes, at least 134, by default 4096.
        """
        self._surface, self._cell = surface, cell
        self.hidden_share, self.dimensions = 0.0, 3
        if isinstance(surface, Profile):
            nodes = max(cell.stress.nodes or LINE_NODES, _FEWEST_LINE_NODES)
            self._cell = cell.model_copy(
                update={"stress": cell.stress.model_copy(update={"nodes": nodes})}
            )
            self.hidden_share, self.dimensions = _hidden_share(surface), 2
            self.height = cell.domain.height or default_height(surface)
        else:
            self.height = cell.domain.height or default_map_height(surface)
        self.problem: ContactProblem = problem_of_cell(surface, self._cell)
        self.modulus = _barber_modulus(self.problem)
        if isinstance(surface, Profile) and surface.has_overhangs:
            # the top is counted from the mean line of all sheets, as that of ``current``
            sheet = grid_of(self.problem.surface).mean(self.problem.surface.z)
            self.height += surface.mean_height - sheet
        self._sheets = (
            _sheets(surface, self.problem.surface.x) if isinstance(surface, Profile) else None
        )

    def at(self, pressures: Sequence[float]) -> list[PressedSurface]:
        """Contacts at mean pressures in Pa, in the order given.

        Raises:
            InputError: A pressure the contact cannot bear.
            ConvergenceError: The contact problem was not solved.
        """
        return solved_contacts(self.problem, grid_of(self.problem.surface), pressures)

    def on_half_grids(self, pressures: Sequence[float]) -> list[list[PressedSurface]]:
        """The same on four grids: of a map every other sample, of a line about half the nodes.

        Raises:
            InputError: A pressure the contact cannot bear.
            ConvergenceError: The contact problem was not solved.
        """
        found = []
        for problem, grid in self._half_problems():
            found.append(solved_contacts(problem, grid, pressures))
        return found

    def undercut(self, pressed: PressedSurface) -> Undercut:
        """Where the line has another sheet above the contact."""
        if self._sheets is None or not isinstance(self._surface, Profile):
            return Undercut(np.zeros_like(pressed.contact), 0.0)
        level = pressed.grid.mean(self.problem.surface.z) - pressed.grid.mean(pressed.gap)
        return Undercut(
            pressed.contact & (self._sheets > 1), max(0.0, float(self._surface.z.max()) - level)
        )

    def heights_at(self, places: tuple[Array, ...]) -> Array:
        """Heights in m at places along each axis, counted in nodes, by cubic splines."""
        mode = _BEYOND[grid_of(self.problem.surface).sides[0]]
        grids = np.meshgrid(*places, indexing="ij")
        return np.asarray(map_coordinates(self.problem.surface.z, grids, order=3, mode=mode))

    def zoomed(
        self, pressed: PressedSurface, grid: SurfaceGrid, places: tuple[Array, ...]
    ) -> PressedSurface:
        """The contact in a window, on a finer grid; the load on the window stays as it is.

        What the pressure outside does in the window is a displacement that is given.

        Args:
            pressed: The contact on the whole grid.
            grid: Of the window.
            places: Of its samples along each axis, counted in nodes of the whole grid.

        Raises:
            InputError: The window bears no load.
            ConvergenceError: The contact problem was not solved.
        """
        whole = pressed.grid
        surface = self.problem.surface
        displacement = pressed.signed_gap - (surface.z - surface.z.min())
        posed = posed_on_grid(self.problem, self.heights_at(places), grid)
        inside = whole.interpolated(pressed.pressure, places)
        elsewhere = whole.interpolated(displacement, places) - posed.compliance.apply(inside)
        rough = replace(posed.surface, z=posed.surface.z + elsewhere)
        window = replace(posed, surface=rough, rotation="fixed")
        return pressed_of(iterate(window, grid.mean(inside), settings=_TOLERANCE), grid)

    def _half_problems(self) -> list[tuple[ContactProblem, SurfaceGrid]]:
        rough = self.problem.surface
        if isinstance(self._surface, Profile):
            nodes = len(rough.z) // 2
            surfaces = [
                sample_surface(self._surface, rough.boundary, nodes + more) for more in _HALF_LINES
            ]
            return [(self._posed(surface), grid_of(surface)) for surface in surfaces]
        # an even number of steps, so that every other sample closes as the whole does
        on_sides = rough.boundary == "mirror"
        even = tuple(max(4, 2 * ((n - on_sides) // 2)) + on_sides for n in rough.shape)
        z, steps = rough.z, rough.spacing
        if even != rough.shape:
            places = tuple(
                np.linspace(0.0, n - 1, count) for n, count in zip(rough.shape, even, strict=True)
            )
            z = self.heights_at(places)
            steps = tuple(
                step * (n - 1) / (count - 1)
                for step, n, count in zip(steps, rough.shape, even, strict=True)
            )
        wide = tuple(2 * step for step in steps)
        problems = []
        for oy in (0, 1):
            for ox in (0, 1):
                part = z[oy::2, ox::2]
                if on_sides:
                    problems.append(mirrored_half(self.problem, part, wide, (oy, ox)))
                else:
                    surface = RoughSurface(part, wide, rough.boundary, rough.nodes_on_sides)
                    problems.append((self._posed(surface), grid_of(surface)))
        return problems

    def _posed(self, surface: RoughSurface) -> ContactProblem:
        """The same problem on another grid; whether the surface is level was decided before."""
        whole = self.problem
        return contact_problem(
            surface,
            whole.body,
            whole.block,
            hardness=whole.hardness,
            rotation=whole.rotation or "fixed",
        )


def grid_of(surface: RoughSurface) -> SurfaceGrid:
    """The grid of a surface for the current, with insulated sides where it does not repeat."""
    side: Side = "cells"
    if surface.boundary == "periodic":
        side = "periodic"
    elif surface.boundary == "mirror" and surface.nodes_on_sides:
        side = "nodes"
    return SurfaceGrid(surface.shape, surface.spacing, (side,) * surface.z.ndim)


def solved_contacts(
    problem: ContactProblem, grid: SurfaceGrid, pressures: Sequence[float]
) -> list[PressedSurface]:
    """Contacts at several mean pressures in Pa as the current needs them.

    Raises:
        InputError: A pressure the contact cannot bear.
        ConvergenceError: The contact problem was not solved.
    """
    return [pressed_of(solution, grid) for solution in solve_loads(problem, pressures, _TOLERANCE)]


def pressed_of(solution: ContactSolution, grid: SurfaceGrid) -> PressedSurface:
    """A contact as the current needs it."""
    contact = solution.touches
    return PressedSurface(
        grid,
        solution.mean_pressure,
        contact,
        solution.pressure,
        solution.gap,
        solution.capped,
    )


def _barber_modulus(problem: ContactProblem) -> float | None:
    bodies = [problem.body] if problem.block is None else [problem.body, problem.block]
    whole = all(body.is_half_space for body in bodies)
    if not whole or problem.rotates or problem.surface.boundary == "finite":
        return None
    return 1 / sum(1 / body.plane_strain_modulus for body in bodies)


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
