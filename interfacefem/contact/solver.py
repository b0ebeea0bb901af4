# SPDX-License-Identifier: BSD-3-Clause
"""Pressure between a flat block and a rough surface, for one load or many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from interfacefem.contact.box import CAPPED, CLOSED, OPEN, BoxContact, States
from interfacefem.contact.complementarity import solve_box_contact
from interfacefem.contact.compliance import surface_compliance
from interfacefem.contact.convolution import Convolution
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.surface import RoughSurface
from interfacefem.errors import InputError
from interfacefem.surfaces import Profile
from interfacefem.surfaces.contact_mask import ContactMask, contact_from_x
from interfacefem.units import MPA, UM

Array = npt.NDArray[np.floating]
_INCLINED = 3.0  # rise of the least-squares line over the rms height about it


@dataclass(frozen=True, eq=False)
class ContactProblem:
    """A rough surface, what it is made of, and the flat block that presses on it.

    Attributes:
        surface: Heights at the nodes.
        body: The electrolyte and what it sticks to.
        block: The block; None for a rigid one.
        hardness: Largest pressure in Pa the surface bears; infinite: elastic.
        rotation: Whether the block may turn until its moment about the middle is zero. None: not
            said, which only a level surface allows.
        compliance: Of surface and block together, in m/Pa.
    """

    surface: RoughSurface
    body: ElasticBody
    block: ElasticBody | None
    hardness: float
    rotation: Literal["fixed", "free"] | None
    compliance: Convolution

    @property
    def rotates(self) -> bool:
        """Whether the block is free to turn."""
        return self.rotation == "free"


@dataclass(frozen=True, eq=False)
class ContactSolution:
    """The surface under one mean pressure.

    Attributes:
        problem: What was solved.
        mean_pressure: In Pa.
        pressure: At each node in Pa, shape ``(n,)``.
        gap: Between block and surface at each node in m, shape ``(n,)``; negative where plastic
            flow takes up what the cap does not carry.
        approach: Of the block's middle in m, up to a constant of the half-space.
        rotation: Of the block in rad; zero if it is fixed.
        states: 0 open, 1 in elastic contact, 2 at the hardness, shape ``(n,)``.
        complementarity_error: Largest violation of a contact condition, relative.
        steps: Linear systems solved.
    """

    problem: ContactProblem
    mean_pressure: float
    pressure: Array
    gap: Array
    approach: float
    rotation: float
    states: States
    complementarity_error: float
    steps: int

    @property
    def touches(self) -> npt.NDArray[np.bool_]:
        """Whether each node is in contact, shape ``(n,)``."""
        return self.states != OPEN

    @property
    def capped(self) -> npt.NDArray[np.bool_]:
        """Whether each node is at the hardness, shape ``(n,)``."""
        return self.states == CAPPED


def contact_problem(
    surface: RoughSurface,
    body: ElasticBody,
    block: ElasticBody | None = None,
    *,
    hardness: float = math.inf,
    rotation: Literal["fixed", "free"] | None = None,
) -> ContactProblem:
    """Set up the compliance of a surface, once for all loads.

    Raises:
        InputError: A hardness out of range; an inclined surface without a rule for the block's
            rotation; rotation of a block that repeats.
    """
    if not hardness > 0:
        raise InputError(
            "is out of range",
            field="electrolyte.hardness", found=f"{hardness / MPA:g} MPa", expected="above 0",
        )  # fmt: skip
    if surface.boundary == "periodic" and rotation == "free":
        raise InputError(
            "a block that repeats cannot turn",
            field="block.rotation",
            found="free, with stress.boundary: periodic",
            expected="rotation: fixed, or another boundary",
        )
    if rotation is None and surface.boundary != "periodic":
        _require_level(surface)
    compliance = surface_compliance(surface, body, block)
    return ContactProblem(surface, body, block, hardness, rotation, compliance)


def solve_loads(problem: ContactProblem, pressures: Sequence[float]) -> list[ContactSolution]:
    """Solve for each mean pressure, from light to heavy, each from the contact of the last.

    Args:
        problem: What is pressed.
        pressures: Mean pressures in Pa, in any order.

    Returns:
        One solution for each pressure, in the order given.

    Raises:
        InputError: A pressure that is not above zero and below the hardness.
        ConvergenceError: The contact conditions are not met to 1e-10.
    """
    for pressure in pressures:
        if not (pressure > 0 and math.isfinite(pressure)):
            raise InputError(
                "is out of range",
                field="load.pressure", found=f"{pressure / MPA:g} MPa", expected="above 0",
            )  # fmt: skip
        if pressure >= problem.hardness:
            raise InputError(
                "the whole surface would flow",
                field="load.pressure",
                found=f"{pressure / MPA:g} MPa",
                expected=f"less than electrolyte.hardness, {problem.hardness / MPA:g} MPa",
            )
    solutions: dict[float, ContactSolution] = {}
    lighter: list[ContactSolution] = []
    for pressure in sorted(set(pressures)):
        solutions[pressure] = _solve(problem, pressure, lighter[-2:])
        lighter.append(solutions[pressure])
    return [solutions[pressure] for pressure in pressures]


def contact_mask(solution: ContactSolution, profile: Profile) -> ContactMask:
    """Where the block touches the profile, for the current solver.

    Each node stands for its strip. Of several sheets under an overhang all are meant.

    Args:
        solution: The contact.
        profile: The profile its surface was sampled from.

    Raises:
        ContactError: The contact does not fit the profile.
    """
    surface = solution.problem.surface
    change = np.flatnonzero(np.diff(solution.touches.astype(int), prepend=0, append=0))
    edges = np.append(surface.x - surface.spacing / 2, surface.x[-1] + surface.spacing / 2)
    ends = np.clip(edges[change], profile.x[0], profile.x[-1]).reshape(-1, 2)
    return contact_from_x(profile, [(float(first), float(last)) for first, last in ends])


def _solve(
    problem: ContactProblem, pressure: float, lighter: list[ContactSolution]
) -> ContactSolution:
    surface = problem.surface
    count = len(surface.x)
    # levers in half widths, so that both columns are of order one
    lever = surface.lever / (surface.width / 2)
    columns = [np.ones(count), lever] if problem.rotates else [np.ones(count)]
    resultants = np.zeros(len(columns))
    resultants[0] = count * pressure
    box = BoxContact(
        problem.compliance,
        surface.z - surface.z.min(),
        np.column_stack(columns),
        resultants,
        problem.hardness,
    )
    solved = solve_box_contact(box, *_predicted(problem, pressure, lighter))
    rotation = float(solved.motion[1]) / (surface.width / 2) if problem.rotates else 0.0
    return ContactSolution(
        problem,
        pressure,
        solved.pressure,
        solved.gap,
        float(solved.motion[0]),
        rotation,
        solved.states,
        solved.error,
        solved.steps,
    )


def _predicted(
    problem: ContactProblem, mean: float, lighter: list[ContactSolution]
) -> tuple[States, Array] | tuple[()]:
    """States and pressure by a straight line through those of the two loads before."""
    if not lighter:
        return ()
    last = lighter[-1]
    if len(lighter) == 1:
        return last.states, last.pressure
    first = lighter[0]
    ahead = (mean - last.mean_pressure) / (last.mean_pressure - first.mean_pressure)
    pressure = last.pressure + ahead * (last.pressure - first.pressure)
    gap = last.gap + ahead * (last.gap - first.gap)
    states = last.states.copy()
    states[last.touches & (pressure <= 0)] = OPEN
    states[pressure >= problem.hardness] = CAPPED
    states[(last.states == OPEN) & (gap <= 0)] = CLOSED
    states[(last.states == CAPPED) & (gap >= 0)] = CLOSED
    return states, np.clip(pressure, 0.0, problem.hardness)


def _require_level(surface: RoughSurface) -> None:
    lever = surface.lever
    about = surface.z - surface.z.mean() - surface.rise * lever / surface.width
    rms = float(np.sqrt(np.mean(about**2)))
    if abs(surface.rise) > max(_INCLINED * rms, 1e-9 * surface.width):
        raise InputError(
            "the surface is inclined and nothing says whether the block may turn",
            field="block.rotation",
            found=f"a rise of {surface.rise / UM:.3g} um over the width, rms height "
            f"{rms / UM:.3g} um",
            expected="rotation: fixed or rotation: free",
        )
