# SPDX-License-Identifier: BSD-3-Clause
"""Contact of height maps against closed-form solutions."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.problem import ContactSolution, contact_problem
from interfacefem.contact.solver import solve_loads
from interfacefem.contact.stress_below import normal_stress
from interfacefem.contact.surface import Boundary, RoughSurface
from interfacefem.contact.wave_response import depth_response, half_space_response
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.reference import bonded_layer, hertz_sphere, westergaard
from interfacefem.reference.verification_row import (
    VerificationRow,
    absolute_row,
    bounded_row,
    relative_row,
)
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.units import GPA, UM

Array = npt.NDArray[np.floating]

YOUNGS_MODULUS, POISSON_RATIO = 24e9, 0.37  # assumed for LPSCl
ELECTROLYTE = ElasticBody(YOUNGS_MODULUS, POISSON_RATIO)
MODULUS = ELECTROLYTE.plane_strain_modulus
WAVELENGTH = 10 * UM
AMPLITUDE = 0.1 * UM
PARTIAL_LOADS = (0.05, 0.1, 0.3, 0.6)  # over p*


def check_wavy_map(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """One wave continued along y, in partial and in full contact; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_wavy_rows())), root=0)


def check_crossed_waves(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Full contact of crossed waves, periodic and mirrored; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_crossed_rows())), root=0)


def check_sphere(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Hertz's contact of a sphere on a map that ends; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_sphere_rows())), root=0)


def check_layers(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Compliance and stress through the depth of layers; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_layer_rows())), root=0)


def check_tilted_map(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """A plane added to a map changes nothing where the block may turn; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_tilt_rows())), root=0)


def _wavy_rows() -> Iterator[VerificationRow]:
    samples = 1024
    place = np.arange(samples) / samples
    gap = np.tile(AMPLITUDE * (1 - np.cos(2 * math.pi * place)), (2, 1))
    limit = westergaard.full_contact_pressure(MODULUS, AMPLITUDE, WAVELENGTH)
    spacing = (WAVELENGTH / samples,) * 2
    problem = contact_problem(RoughSurface(gap, spacing, "periodic"), ELECTROLYTE)
    *partial, full = solve_loads(problem, [load * limit for load in (*PARTIAL_LOADS, 2.0)])
    for load, found in zip(PARTIAL_LOADS, partial, strict=True):
        name = f"map, one wave, p = {load:g} p*"
        largest = westergaard.largest_pressure(load) * limit
        fraction = westergaard.contact_fraction(load)
        yield relative_row(name, "p_max", "GPa", found.pressure.max() / GPA, largest / GPA, 1e-3)
        share = problem.surface.mean(found.touches)
        yield absolute_row(name, "contact fraction", "", share, fraction, 5e-3)
    name = "map, one wave, p = 2 p*"
    exact = 2 * limit + limit * np.cos(2 * math.pi * place)
    worst = float(np.abs(full.pressure / exact - 1).max())
    yield bounded_row(name, "largest relative error of p", "", worst, 1e-9)
    for depth in (0.1, 0.25):
        below = normal_stress(full, depth * WAVELENGTH)
        yield relative_row(
            name,
            f"stress ratio at {depth:g} l",
            "",
            below[0, 0] / below[0, samples // 2],
            westergaard.stress_ratio(2.0, depth),
            1e-9,
        )


def _crossed_rows() -> Iterator[VerificationRow]:
    samples = 64
    amplitude = westergaard.crossed_full_contact_pressure(MODULUS, AMPLITUDE, WAVELENGTH)
    size = WAVELENGTH / samples
    kinds: tuple[tuple[str, Boundary, int], ...] = (
        ("periodic", "periodic", samples),
        ("mirrored", "mirror", samples // 2 + 1),
    )
    for name, boundary, count in kinds:
        wave = np.cos(2 * math.pi * np.arange(count) / samples)
        crossed = np.outer(wave, wave)
        heights, on_sides = AMPLITUDE * (1 - crossed), boundary == "mirror"
        surface = RoughSurface(heights, (size, size), boundary, nodes_on_sides=on_sides)
        (found,) = solve_loads(contact_problem(surface, ELECTROLYTE), [1.5 * amplitude])
        exact = amplitude * (1.5 + crossed)
        worst = float(np.abs(found.pressure / exact - 1).max())
        yield bounded_row(
            f"map, crossed waves, {name}", "largest relative error of p", "", worst, 1e-9
        )


def _sphere_rows() -> Iterator[VerificationRow]:
    samples, radius, load = 201, 100 * UM, 2e-2
    contact = hertz_sphere.contact_radius(load, radius, MODULUS)
    size = 2.4 * contact / samples
    place = (np.arange(samples) - (samples - 1) / 2) * size
    distance = np.hypot(place[:, None], place)
    surface = RoughSurface(distance**2 / (2 * radius), (size, size), "finite", nodes_on_sides=True)
    problem = contact_problem(surface, ELECTROLYTE)
    (found,) = solve_loads(problem, [load / (samples * size) ** 2])
    name = "map, sphere (Hertz)"
    exact = hertz_sphere.largest_pressure(load, radius, MODULUS)
    yield relative_row(name, "p_max", "GPa", found.pressure.max() / GPA, exact / GPA, 5e-4)
    area = np.count_nonzero(found.pressure) * size**2
    yield relative_row(
        name, "contact radius", "um", math.sqrt(area / math.pi) / UM, contact / UM, 5e-3
    )
    # the rim, where the pressure is steep, is left out
    inside = distance < 0.9 * contact
    error = found.pressure - hertz_sphere.pressure(distance, load, radius, MODULUS)
    yield bounded_row(
        name, "largest error of p within 0.9 a, over p0", "",
        float(np.abs(error[inside]).max()) / exact, 2e-3,
    )  # fmt: skip


def _layer_rows() -> Iterator[VerificationRow]:
    thickness = 30 * UM
    k = np.geomspace(0.01, 100.0, 200) / thickness
    layer = ElasticBody(YOUNGS_MODULUS, POISSON_RATIO, thickness)
    found = depth_response(layer, thickness / 3, k)
    exact = bonded_layer.wave_compliance(k, thickness, YOUNGS_MODULUS, POISSON_RATIO)
    worst = float(np.abs(found.compliance / exact - 1).max())
    yield bounded_row(
        "layer on rigid base", "largest relative error of compliance", "", worst, 1e-5
    )
    stack = ELECTROLYTE
    for _ in range(2):
        stack = ElasticBody(YOUNGS_MODULUS, POISSON_RATIO, thickness / 3, stack)
    found = depth_response(stack, thickness / 2, k)
    whole = half_space_response(MODULUS, thickness / 2, k)
    yield bounded_row(
        "three layers of one material",
        "largest relative error of compliance",
        "",
        float(np.abs(found.compliance / whole.compliance - 1).max()),
        1e-5,
    )
    yield bounded_row(
        "three layers of one material",
        "largest error of stress at depth over p",
        "",
        float(np.abs(found.transmission - whole.transmission).max()),
        1e-5,
    )


def _tilt_rows() -> Iterator[VerificationRow]:
    rough = self_affine_map(0.3 * UM, 30 * UM, samples=65, seed=5)
    size = rough.pixel_size_x
    y, x = np.meshgrid(*(np.linspace(0.0, 1.0, n) for n in rough.heights.shape), indexing="ij")

    def solved(plane: Array) -> ContactSolution:
        heights = rough.heights + plane
        surface = RoughSurface(heights, (size, size), "finite", nodes_on_sides=True)
        return solve_loads(contact_problem(surface, ELECTROLYTE, rotation="free"), [50e6])[0]

    level, tilted = solved(0 * x), solved(UM * (0.5 * x - 0.3 * y))
    change = np.abs(tilted.pressure - level.pressure).max() / level.pressure.max()
    yield bounded_row(
        "map, tilted, free rotation", "largest change of p over p_max", "", float(change), 1e-8
    )
