# SPDX-License-Identifier: BSD-3-Clause
"""Excess and stress ratio of the sections and micrographs of ``coverage_sections.py``, kept.

A micrograph is traced as ``risk`` traces it, and again with its smoothing halved and doubled.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from coverage_sections import FOLDER, Condition, section

from interfacefem.contact.cell_bodies import with_free_block
from interfacefem.contact.run import run_stress
from interfacefem.current.adapt import solve_to_tolerance
from interfacefem.current.problem import current_problem
from interfacefem.current.run import mesh_domain, windows_of
from interfacefem.current.windows import REFERENCE_LENGTH, read_windows
from interfacefem.errors import InterfaceFemError
from interfacefem.images import Micrograph
from interfacefem.images.edge_width import edge_variance
from interfacefem.images.extraction import trace
from interfacefem.images.interface_field import (
    InterfaceField,
    cut_again,
    find_interface_field,
)
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling
from interfacefem.surfaces import Profile

CELL = with_free_block(Cell())
FACTORS = (1.0, 0.5, 2.0)  # on the smoothing that was chosen


def numbers_of_section(profile: Profile) -> dict[str, float | None]:
    """What one section gives."""
    places = windows_of(profile, REFERENCE_LENGTH)
    problem = current_problem(CELL)
    mesh = mesh_domain(profile, CELL, MPI.COMM_SELF)
    found = solve_to_tolerance(mesh, problem, CELL.tolerance, MPI.COMM_SELF, places=places)
    applied = problem.applied_current_density
    readings = read_windows(found.solution.samples, places, applied_current_density=applied)
    assert found.estimate is not None
    return {
        "ln_excess": None if not readings.excess else math.log(readings.excess),
        "error": found.estimate.excess_error,
        "length_ratio": profile.length / profile.width,
        "stress_ratio": run_stress(profile, CELL, MPI.COMM_SELF).metrics.stress_ratio,
    }


def numbers_of_image(image: npt.NDArray[np.uint8], pixel: float) -> dict[str, Any]:
    """What one micrograph gives at each smoothing, or why it gives nothing."""
    gray = (image / 255).astype(np.float32)
    micrograph = Micrograph(gray, pixel, "synthetic", "known", (0, len(image), 0, image.shape[1]))
    settings = Sampling()
    try:
        field = find_interface_field(micrograph, settings)
    except InterfaceFemError as error:
        return {"reason": str(error)}
    found: dict[str, Any] = {"smoothing": field.smoothing, "method": field.method}
    found["edge_variance"] = _edge_variance(micrograph, settings, field)
    for factor in FACTORS:
        again = field
        if factor != 1:
            again = cut_again(micrograph, settings, field, smoothing=factor * field.smoothing)
        try:
            sections = trace(micrograph, settings, again).profiles
            found[f"{factor:g}"] = [numbers_of_section(one.profile) for one in sections]
        except InterfaceFemError as error:
            found[f"{factor:g}"] = str(error)
    return found


def _edge_variance(
    micrograph: Micrograph, settings: Sampling, field: InterfaceField
) -> float | None:
    try:
        sections = trace(micrograph, settings, field).profiles
    except InterfaceFemError:
        return None
    return edge_variance(micrograph, settings, field, sections)


def numbers(condition: Condition, seed: int, folder: Path = FOLDER) -> dict[str, Any] | None:
    """Truth and images of one section, solved now or before; None where no solid spans it."""
    path = folder / condition.name / f"{seed}.json"
    if path.exists():
        kept: dict[str, Any] | None = json.loads(path.read_text())
        return kept
    drawn = section(condition, seed, folder)
    solved = None
    if drawn is not None:
        solved = {
            "truth": numbers_of_section(drawn.truth),
            "images": {
                name: numbers_of_image(image, pixel)
                for name, (image, pixel) in drawn.images.items()
            },
        }
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(solved))
    temporary.rename(path)
    return solved
