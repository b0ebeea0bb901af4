# SPDX-License-Identifier: BSD-3-Clause
"""One micrograph assessed: its sections solved, its value, and what moves that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from interfacefem.assessment.budget import budget, budget_result, variations, vary
from interfacefem.assessment.image import (
    ImageProfiles,
    SectionRun,
    image_result,
    section_results,
    solve_sections,
)
from interfacefem.assessment.image_value import image_value
from interfacefem.assessment.line_stress import (
    STACK_PRESSURES,
    LineStress,
    against_pressure,
    solve_contact_limited,
)
from interfacefem.assessment.made_with import made_with
from interfacefem.contact.cell_bodies import with_free_block
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import TRAN2025, TRAN2025_WIDTH, Sampling
from interfacefem.progress import Step
from interfacefem.units import UM

FEWEST_PIXELS = 8  # of a window, as many as the low-pass cutoff of a traced line has (assumed)

AnyCell = TypeVar("AnyCell", bound=Cell)


@dataclass(frozen=True, eq=False)
class AssessedImage:
    """One micrograph and everything that is said of it.

    Attributes:
        taken: The image and its sections.
        cell: What they were solved with.
        runs: By number of the section, those that this rank solved.
        stresses: Contact of every section, by its number.
        found: Contract of ``interfacefem risk IMAGE --json`` (docs/results.md).
    """

    taken: ImageProfiles
    cell: Cell
    runs: Mapping[int, SectionRun]
    stresses: Mapping[int, LineStress]
    found: dict[str, Any]


def require_pixels(length: float, pixel_size: float) -> None:
    """Refuse windows whose extremes would be those of single pixels, both in m.

    Raises:
        InputError: A window holds too few.
    """
    if length < FEWEST_PIXELS * pixel_size:
        raise InputError(
            f"is shorter than {FEWEST_PIXELS} pixels of the image", field="reference_length",
            found=f"{length / UM:g} um",
            expected=f"at least {FEWEST_PIXELS * pixel_size / UM:g} um",
        )  # fmt: skip


def assess_image(
    taken: ImageProfiles,
    cell: Cell,
    *,
    comm: MPI.Comm,
    step: Step,
    with_budget: bool = True,
    contact_limited: bool = False,
    with_stress: bool = True,
) -> AssessedImage:
    """Solve the sections of a traced micrograph and form its value.

    Args:
        taken: The same on all ranks.
        cell: Electrolyte, kinetics, load and block.
        comm: Ranks that share sections and variations.
        step: Called with a line as each part of the work begins.
        with_budget: Whether it is found out what moves the value.
        contact_limited: Whether the current is also solved where a stack pressure makes contact.
        with_stress: Whether the contact stress is solved.

    Raises:
        InputError: Windows are shorter than the image resolves.
        InterfaceFemError: A section could not be solved; the message names it.

    Collective.
    """
    cell = cell_for(taken, cell)
    length = taken.sampling.reference_length
    require_pixels(length, taken.micrograph.pixel_size)
    profiles = taken.extraction.profiles
    runs = solve_sections(
        profiles, cell, comm, step, reference_length=length, with_stress=with_stress
    )
    sections = section_results(profiles, runs, comm)
    varied = vary(taken, cell, length, comm, step, with_budget=with_budget)
    as_traced = image_value(sections, length, taken.sampling.protocol)
    correction = varied.correction(taken, as_traced["excess_as_traced"])
    value = image_value(sections, length, taken.sampling.protocol, correction)
    entries = budget(varied, value, value["excess_as_traced"]) if with_budget else []
    own = {number: run.stress for number, run in runs.items()}
    stresses = {number: one for part in comm.allgather(own) for number, one in part.items()}
    limited: dict[str, Any] = {}
    if contact_limited:
        interfaces = {number: one.profile for number, one in enumerate(profiles, start=1)}
        loads = [load for load in STACK_PRESSURES if load < cell.electrolyte.hardness]
        limited = {"contact_limited": solve_contact_limited(interfaces, cell, loads, comm, step)}
    notes = [*taken.extraction.notes, *value.pop("value_notes")]
    found = {
        **from_first_rank(comm, lambda: made_with(taken, cell)),
        **image_result(taken),
        **value,
        "sections": sections,
        "budget": budget_result(entries),
        "pressures": against_pressure(stresses),
        **limited,
        "notes": notes,
        "cpu_s": sum(row["cpu_s"] for row in sections),
    }
    return AssessedImage(taken, cell, runs, stresses, found)


def steps_of(taken: ImageProfiles, *, with_budget: bool, contact_limited: bool) -> int:
    """How many steps ``assess_image`` announces on one rank."""
    sections = len(taken.extraction.profiles)
    return sections * (2 if contact_limited else 1) + variations(taken, with_budget=with_budget)


def cell_for(taken: ImageProfiles, cell: Cell) -> Cell:
    """The cell with what suits sections of a micrograph, or the paper's models of them."""
    return in_protocol(with_free_block(cell), taken.sampling)


def in_protocol(cell: AnyCell, sampling: Sampling) -> AnyCell:
    """The cell of a section; the paper's models are as high as wide (Tran 2025, section 4)."""
    if sampling.protocol != TRAN2025 or cell.domain.height is not None:
        return cell
    domain = cell.domain.model_copy(update={"height": TRAN2025_WIDTH})
    return cell.model_copy(update={"domain": domain})
