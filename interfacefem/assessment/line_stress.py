# SPDX-License-Identifier: BSD-3-Clause
"""Contact stress of the sections of an image: at the load asked for, and against pressure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interfacefem.contact.result import stress_result
from interfacefem.contact.run import StressRun, run_stress_sweep
from interfacefem.errors import InputError, InterfaceFemError
from interfacefem.interface.result import limited_result
from interfacefem.interface.run import run_interface
from interfacefem.mpi import MPI
from interfacefem.parallel import on_each_rank
from interfacefem.parameters.cell import Cell
from interfacefem.progress import Step
from interfacefem.statistics.groups import group_value
from interfacefem.surfaces import Profile
from interfacefem.units import MPA

# covers stack pressures of cells and the densification pressures of Tran 2025, Fig. 4j
PRESSURES = tuple(value * MPA for value in (5, 10, 20, 50, 100, 200, 300, 400, 500, 600))
STACK_PRESSURES = tuple(value * MPA for value in (1, 2, 5, 10, 20, 50))  # of cells; assumed
STRESS_KEYS = (
    "stress_ratio", "stress_depth_um", "p_max_GPa", "p_mean_MPa", "contact_fraction",
    "capped_fraction", "peaks", "valleys", "load_left", "load_right", "von_mises_max_GPa",
    "complementarity_error", "nodes",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class LineStress:
    """Contact stress of one line.

    Attributes:
        run: At the pressure of the cell; None where the line makes no contact problem.
        against_pressure: At each of the ``PRESSURES`` below the hardness.
        note: Why there is none.
    """

    run: StressRun | None
    against_pressure: Sequence[StressRun] = ()
    note: str | None = None

    def result(self) -> dict[str, Any]:
        """The keys of ``interfacefem stress --json``, null where there is no contact problem."""
        if self.run is None:
            return {**dict.fromkeys(STRESS_KEYS), "cpu_s": 0.0, "notes": [f"stress: {self.note}"]}
        return stress_result(self.run)


def line_stress(profile: Profile, cell: Cell) -> LineStress:
    """Contact stress of one line; a line that makes no contact problem says why.

    Raises:
        ConvergenceError: The contact conditions are not met.
    """
    asked = cell.load.pressure
    loads = [load for load in PRESSURES if load < cell.electrolyte.hardness]
    try:
        first, *others = run_stress_sweep(profile, cell, [asked, *loads], MPI.COMM_SELF)
    except InputError as error:
        return LineStress(None, note=str(error))
    return LineStress(first, others)


def against_pressure(sections: Mapping[int, LineStress]) -> list[dict[str, Any]]:
    """Contact at each pressure: geometric mean of the stress ratio over sections, means else."""
    rows: dict[float, list[dict[str, Any]]] = {}
    for section in sections.values():
        for run in section.against_pressure:
            result = stress_result(run)
            rows.setdefault(result["p_mean_MPa"], []).append(result)
    return [
        {
            "p_mean_MPa": pressure,
            "stress_ratio": None
            if (found := group_value([row["stress_ratio"] for row in results])) is None
            else found.mean,
            **{
                key: None
                if not (known := [row[key] for row in results if row[key] is not None])
                else float(np.mean(known))
                for key in ("p_max_GPa", "contact_fraction", "capped_fraction")
            },
        }
        for pressure, results in sorted(rows.items())
    ]


def solve_contact_limited(
    profiles: Mapping[int, Profile],
    cell: Cell,
    pressures: Sequence[float],
    comm: MPI.Comm,
    step: Step,
) -> list[dict[str, Any]]:
    """Current distribution where the metal touches only what the stack pressure presses on it.

    Args:
        profiles: By number of the section.
        cell: The cell; its pressure is not used.
        pressures: Stack pressures in Pa.
        comm: Ranks that share the sections.
        step: Called as each section begins.

    Returns:
        Rows with ``section``, ``stack_pressure_MPa``, ``contact_fraction``, ``i_ratio`` over the
        contact, ``hot_spot_factor``, its mean over ``hot_spot_length_um``,
        ``area_specific_resistance_ohm_cm2`` and its error, ``hidden_share`` of the section and
        ``notes``; in order, on every rank. Numbers are None where a section makes no contact
        problem; ratio and factor also where there is no hot spot that exists.

    Raises:
        ConvergenceError: A solver did not converge.

    Collective.
    """
    numbers = sorted(profiles)

    def solve_own() -> dict[int, list[dict[str, Any]]]:
        rows = {}
        for number in numbers[comm.rank :: comm.size]:
            step(f"contact-limited current of section {number}")
            try:
                rows[number] = _limited_rows(number, profiles[number], cell, pressures)
            except InterfaceFemError as error:
                raise type(error)(f"section {number}: {error}") from None
        return rows

    own = on_each_rank(comm, solve_own)
    gathered = {number: rows for part in comm.allgather(own) for number, rows in part.items()}
    return [row for number in numbers for row in gathered[number]]


_LIMITED_KEYS = (
    "contact_fraction", "i_ratio", "hot_spot_factor", "hot_spot_mean_factor", "hot_spot_length_um",
    "area_specific_resistance_ohm_cm2", "area_specific_resistance_error_ohm_cm2", "hidden_share",
)  # fmt: skip


def _limited_rows(
    number: int, profile: Profile, cell: Cell, pressures: Sequence[float]
) -> list[dict[str, Any]]:
    try:
        curve = run_interface(profile, cell, pressures, MPI.COMM_SELF)
    except InputError as error:
        found = [{**dict.fromkeys(_LIMITED_KEYS), "notes": [f"stress: {error}"]}] * len(pressures)
    else:
        found = [limited_result(row, curve.hidden_share) for row in curve.rows]
    return [
        {
            "section": number,
            "stack_pressure_MPa": pressure / MPA,
            **{key: one[key] for key in (*_LIMITED_KEYS, "notes")},
        }
        for pressure, one in zip(pressures, found, strict=True)
    ]
