# SPDX-License-Identifier: BSD-3-Clause
"""From a profile and a cell to the current metrics: mesh, solve, measure."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace

import numpy as np

from interfacefem.current.adapt import MAX_CELLS, RefinedSolution, solve_to_tolerance
from interfacefem.current.heights import default_height
from interfacefem.current.metrics import CurrentMetrics, current_metrics
from interfacefem.current.problem import current_problem
from interfacefem.current.solution import CurrentSolution
from interfacefem.current.windows import (
    REFERENCE_LENGTH,
    UNIFORM,
    WindowPlaces,
    WindowReadings,
    excess_over,
    place_windows,
)
from interfacefem.errors import InterfaceFemError, ProfileError
from interfacefem.meshing import MeshSettings, Triangulation, mesh_line, mesh_profile
from interfacefem.meshing.contact_limited import limit_contact
from interfacefem.meshing.outline import Thinning
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.cell import Cell
from interfacefem.short_repr import short_repr
from interfacefem.surfaces import Profile, roughness_statistics
from interfacefem.surfaces.contact_mask import ContactMask, with_nodes_at_ends
from interfacefem.surfaces.left_out import left_out
from interfacefem.units import UM

_EDGE_AT_CONTACT_ENDS = 1e-3  # of the profile's width
_EVENED_OUT, _WIDER_ANGLE = 0.03, 35.0  # degrees


@dataclass(frozen=True, eq=False)
class CurrentRun:
    """One profile meshed, solved and measured.

    Attributes:
        profile: The interface.
        refined: Mesh, potential, current and the estimate of the ratio's error.
        metrics: Numbers drawn from it.
        tolerance: Relative error of ``i_ratio - 1`` that was asked for.
        cpu_s: Process CPU time in s of meshing, solving and measuring, summed over ranks.
    """

    __repr__ = short_repr

    profile: Profile
    refined: RefinedSolution
    metrics: CurrentMetrics
    tolerance: float
    cpu_s: float

    @property
    def solution(self) -> CurrentSolution:
        """Potential and current."""
        return self.refined.solution

    @property
    def triangulation(self) -> Triangulation | None:
        """The mesh on rank 0, None elsewhere."""
        return self.refined.triangulation

    @property
    def i_ratio_error(self) -> float | None:
        """Estimated relative error of ``i_ratio - 1`` by the mesh; None where there is none."""
        estimate = self.refined.estimate
        return None if estimate is None else estimate.ratio_minus_one_error

    @property
    def windows(self) -> WindowReadings:
        """What windows of the reference length say."""
        assert self.metrics.windows is not None
        return self.metrics.windows

    @property
    def excess_error(self) -> float | None:
        """Estimated relative error of the excess over windows; None where there is none."""
        estimate = self.refined.estimate
        return None if estimate is None else estimate.excess_error

    def excess_over(self, length: float) -> float | None:
        """Excess over windows of another length in m; None where the interface is narrower."""
        return excess_over(self.solution.samples, windows_of(self.profile, length))

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        notes = (*self.profile.notes, *self.metrics.notes)
        error = self.i_ratio_error
        if error is None:
            notes += ("i_ratio_error is not formed: the error of this ratio is not estimated",)
        elif error > self.tolerance:
            notes += (
                f"the tolerance {self.tolerance:g} was not reached within {MAX_CELLS} cells; the "
                f"error of i_ratio - 1 is estimated as {error:.2g} of it",
            )
        ratio = self.metrics.i_ratio
        if ratio is not None and ratio - 1 <= UNIFORM:
            notes += (
                f"i_ratio - 1 is {ratio - 1:.1e}, below {UNIFORM:g}: the current is uniform to "
                "rounding, and the error of its excess is not estimated",
            )
        return notes


def run_current(
    profile: Profile,
    cell: Cell,
    comm: MPI.Comm,
    contact: ContactMask | None = None,
    *,
    reference_length: float = REFERENCE_LENGTH,
) -> CurrentRun:
    """Current distribution of one profile.

    Args:
        profile: The interface; the same on all ranks.
        cell: Electrolyte, kinetics, load and tolerance.
        comm: Communicator that does the work.
        contact: Where the metal touches; None means everywhere.
        reference_length: Of the windows that extremes are read over, in m.

    Raises:
        MeshError: The domain cannot be meshed as asked.
        ProfileError: What is left out of the profile leaves no window.
        ConvergenceError: The solver did not converge.

    Collective.
    """
    started = time.process_time()
    triangulation = mesh_domain(profile, cell, comm, contact=contact)
    places = windows_of(profile, reference_length)
    if not places.x:
        raise ProfileError(
            "leaves no window to read extremes over", field="dropped",
            found=f"ranges in every window of {reference_length / UM:g} um",
            expected="fewer or shorter ranges, or a smaller {reference_length}",
        )  # fmt: skip
    refined = solve_to_tolerance(
        triangulation, current_problem(cell), cell.tolerance, comm, places=places
    )
    metrics = current_metrics(
        refined.solution,
        rms_height=roughness_statistics(profile).rq,
        critical_current_density=cell.load.critical_current_density,
        solver=refined.solver,
        places=places,
    )
    cpu_s = comm.allreduce(time.process_time() - started, op=MPI.SUM)
    return CurrentRun(profile, refined, metrics, cell.tolerance, cpu_s)


def windows_of(profile: Profile, length: float) -> WindowPlaces:
    """Windows of a length in m along a profile, without those that touch what is left out."""
    places = place_windows(profile.width, length=length, left=float(profile.x[0]))
    return places.without(left_out(profile))


def mesh_domain(
    profile: Profile,
    cell: Cell,
    comm: MPI.Comm,
    *,
    settings: MeshSettings | None = None,
    contact: ContactMask | None = None,
) -> Triangulation | None:
    """Mesh of the electrolyte above a profile on rank 0, None elsewhere.

    Points of the profile are dropped where the curve hardly turns, unless settings are given, the
    metal touches a part only, or nothing limits the current at a corner (primary limit).

    Raises:
        MeshError: The domain cannot be meshed as asked.

    Collective.
    """
    height = cell.domain.height or default_height(profile)

    def mesh() -> Triangulation:
        if contact is not None:
            # the current crowds at the ends of the contacts
            edge = _EDGE_AT_CONTACT_ENDS * profile.width
            with_ends = with_nodes_at_ends(profile, contact, edge=edge)
            return limit_contact(mesh_profile(with_ends, height, settings), contact)
        if settings is not None or cell.kinetics.model == "primary":
            return mesh_profile(profile, height, settings)
        return mesh_line(profile, height, first_thinning(profile, cell))

    return on_first_rank(comm, mesh)


def first_thinning(profile: Profile, cell: Cell) -> Thinning:
    """Which points of a profile the first mesh of a cell keeps.

    Where the kinetics even the current out along a chord, fewer do: (di/dphi)/k at the applied
    current density, times the length of a chord.
    """
    problem = current_problem(cell)
    thinning = Thinning()
    if problem.kinetics is None:
        return thinning
    mean = np.array(problem.applied_current_density)
    with contextlib.suppress(InterfaceFemError):  # it is said where the cell is solved
        slope = float(problem.kinetics.slope(problem.kinetics.overpotential(mean)))
        if slope / problem.conductivity * profile.length / thinning.chords < _EVENED_OUT:
            return replace(thinning, angle=_WIDER_ANGLE)
    return thinning
