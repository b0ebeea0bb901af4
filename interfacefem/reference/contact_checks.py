# SPDX-License-Identifier: BSD-3-Clause
"""The contact solver against closed-form solutions."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.largest_pressure import largest_pressure
from interfacefem.contact.metrics import stress_metrics
from interfacefem.contact.problem import contact_problem
from interfacefem.contact.solver import solve_loads
from interfacefem.contact.stress_below import stress_field
from interfacefem.contact.surface import RoughSurface, sample_surface
from interfacefem.contact.wave_response import wave_compliance
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.reference import bonded_layer, flat_punch, hertz, layer_stack, westergaard
from interfacefem.reference.verification_row import (
    VerificationRow,
    absolute_row,
    bounded_row,
    relative_row,
)
from interfacefem.synthetic.profiles import self_affine, sinusoid
from interfacefem.units import GPA, MPA, UM

ELECTROLYTE = ElasticBody(24 * GPA, 0.37)  # about that of LPSCl; the checks hold for any
WAVELENGTH = 10 * UM
AMPLITUDE = 0.05 * UM
PERIODS = 3  # a ratio needs three peaks
NODES = 1536


def _on_first(comm: MPI.Comm, rows: Iterator[VerificationRow]) -> Iterator[VerificationRow]:
    """Contact is solved on rank 0; all ranks yield its rows. Collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(rows)), root=0)


def check_westergaard(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Partial and full contact of a cosine surface; collective."""
    return _on_first(comm, _westergaard())


def check_hertz(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Line contact on a half-space, on the surface and below it; collective."""
    return _on_first(comm, _hertz())


def check_flat_punch(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Pressure in the middle; the largest one is refused; collective."""
    return _on_first(comm, _flat_punch())


def check_bonded_layer(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Compliance of a layer to long and short waves; collective."""
    return _on_first(comm, _bonded_layer())


def check_tape_on_foil(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Compliance of layers of different materials; collective."""
    return _on_first(comm, _tape_on_foil())


def check_tilt(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """A block that is free to turn does not see an inclination; collective."""
    return _on_first(comm, _tilt())


def _westergaard() -> Iterator[VerificationRow]:
    profile = sinusoid(AMPLITUDE, WAVELENGTH, periods=PERIODS, points=NODES + 1)
    problem = contact_problem(sample_surface(profile, "periodic"), ELECTROLYTE)
    full = westergaard.full_contact_pressure(
        ELECTROLYTE.plane_strain_modulus, AMPLITUDE, WAVELENGTH
    )
    ratios = (0.05, 0.1, 0.3, 0.6, 2.0)
    solutions = solve_loads(problem, [ratio * full for ratio in ratios])
    x = problem.surface.x - WAVELENGTH / 2
    for ratio, solution in zip(ratios, solutions, strict=True):
        title = f"Westergaard, p = {ratio:g} p*"
        if ratio < 1:
            exact = westergaard.largest_pressure(ratio) * full
            yield relative_row(
                title, "p_max", "MPa", solution.pressure.max() / MPA, exact / MPA, 1e-3
            )
            yield absolute_row(
                title,
                "contact fraction",
                "",
                float(solution.touches.mean()),
                westergaard.contact_fraction(ratio),
                5e-3,
            )
        else:
            expected = westergaard.pressure(x, ratio, WAVELENGTH) * full
            worst = int(np.argmax(np.abs(solution.pressure / expected - 1)))
            yield relative_row(
                title,
                "pressure at its worst node",
                "MPa",
                solution.pressure[worst] / MPA,
                expected[worst] / MPA,
                1e-5,
            )
        for depth in (0.1, 0.25):
            found = stress_metrics(solution, depth * WAVELENGTH).stress_ratio
            yield relative_row(
                title,
                f"stress ratio at {depth:g} wavelengths",
                "",
                math.nan if found is None else found,
                westergaard.stress_ratio(ratio, depth),
                5e-3,
            )


def _hertz() -> Iterator[VerificationRow]:
    radius, half = 100 * UM, 1 * UM
    modulus = ELECTROLYTE.plane_strain_modulus
    load = math.pi * modulus * half**2 / (4 * radius)
    width = 4 * half
    x = (np.arange(512) + 0.5) * width / 512 - width / 2
    surface = RoughSurface.of_line(x, x**2 / (2 * radius), "finite")
    (solution,) = solve_loads(
        contact_problem(surface, ELECTROLYTE, rotation="free"), [load / width]
    )
    largest = hertz.largest_pressure(load, radius, modulus)
    yield relative_row("Hertz", "p_max", "GPa", solution.pressure.max() / GPA, largest / GPA, 5e-4)
    edge = float(solution.touches.sum()) * surface.spacing[0] / 2
    yield relative_row(
        "Hertz", "half width", "um", edge / UM, hertz.half_width(load, radius, modulus) / UM, 5e-3
    )
    field = stress_field(solution, np.array([0.5, 0.78]) * half)
    middle = len(x) // 2
    for row, depth in enumerate((0.5, 0.78)):
        along, across = hertz.stresses_on_axis(depth)
        shear = (field.sigma_xx[row, middle] - field.sigma_zz[row, middle]) / 2
        yield relative_row(
            f"Hertz at {depth:g} half widths",
            "largest shear stress",
            "GPa",
            shear / GPA,
            (along - across) / 2 * largest / GPA,
            2e-3,
        )


def _flat_punch() -> Iterator[VerificationRow]:
    half, width = 1 * UM, 4 * UM
    load = 10.0  # N/m
    # an even number of nodes below the punch, so that its edges lie between nodes
    x = (np.arange(2048) + 0.5) * width / 2048 - width / 2
    surface = RoughSurface.of_line(x, np.where(np.abs(x) < half, 0.0, 10 * UM), "finite")
    problem = contact_problem(surface, ELECTROLYTE, rotation="fixed")
    (solution,) = solve_loads(problem, [load / width])
    middle = len(x) // 2
    exact = float(flat_punch.pressure(x[[middle]], load, half)[0])
    yield relative_row(
        "flat punch", "pressure in the middle", "MPa",
        solution.pressure[middle] / MPA, exact / MPA, 1e-3,
    )  # fmt: skip
    reported, _ = largest_pressure(solution)
    yield bounded_row("flat punch", "p_max is reported", "", 0.0 if reported is None else 1.0, 0.0)


def _bonded_layer() -> Iterator[VerificationRow]:
    thickness = 20 * UM
    for nu in (0.0, 0.37, 0.49):
        body = ElasticBody(24 * GPA, nu, thickness)
        wavenumbers = np.geomspace(0.05, 20, 60) / thickness
        found = wave_compliance(body, wavenumbers)
        exact = bonded_layer.wave_compliance(wavenumbers, thickness, 24e9, nu)
        worst = int(np.argmax(np.abs(found / exact - 1)))
        yield relative_row(
            f"bonded layer, nu = {nu:g}",
            "compliance at its worst wave",
            "nm/GPa",
            found[worst] * 1e18,
            exact[worst] * 1e18,
            1e-4,
        )


def _tape_on_foil() -> Iterator[VerificationRow]:
    foil = ElasticBody(70 * GPA, 0.33, 15 * UM)
    for name, glue in (("", 2 * GPA), (", glued softly", 2 * MPA)):
        body = ElasticBody(24 * GPA, 0.37, 25 * UM, ElasticBody(glue, 0.45, 2 * UM, foil))
        wavenumbers = np.geomspace(0.05, 12, 40) / body.total_thickness
        found = wave_compliance(body, wavenumbers)
        exact = np.array([layer_stack.wave_compliance(k, body) for k in wavenumbers])
        worst = int(np.argmax(np.abs(found / exact - 1)))
        yield relative_row(
            f"tape on foil{name}",
            "compliance at its worst wave",
            "nm/GPa",
            found[worst] * 1e18,
            exact[worst] * 1e18,
            1e-5,
        )


def _tilt() -> Iterator[VerificationRow]:
    level = self_affine(0.1 * UM, 60 * UM, points=513, seed=5)
    inclined = level.with_points(level.x, level.z + 0.02 * level.x)
    found = []
    for profile in (level, inclined):
        surface = sample_surface(profile, "mirror")
        problem = contact_problem(surface, ELECTROLYTE, hardness=0.6 * GPA, rotation="free")
        found.append(solve_loads(problem, [50 * MPA])[0].pressure)
    yield bounded_row(
        "inclined by 0.02, free to turn",
        "largest change of pressure over p_max",
        "",
        float(np.abs(found[1] - found[0]).max() / found[0].max()),
        1e-8,
    )
