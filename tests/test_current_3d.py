# SPDX-License-Identifier: BSD-3-Clause
"""The current solver above height maps: mesh, exact cases, ranks."""

from __future__ import annotations

import math
from pathlib import Path

import dolfinx
import numpy as np
import pytest
from ranks import numbers_on_ranks

from interfacefem import compat
from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver, solve_current
from interfacefem.current.fields import current_density_field, write_fields
from interfacefem.current.interface_trace import simplex_sizes
from interfacefem.current.map_run import run_current_map
from interfacefem.errors import InputError, MeshError
from interfacefem.meshing import (
    Boundary,
    MapMeshSettings,
    MeshSettings,
    distribute,
    mesh_height_map,
    mesh_profile,
)
from interfacefem.meshing.height_map_domain import BACK_TAG, FRONT_TAG
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.reference.small_sinusoid import relative_amplitude
from interfacefem.report.map_figure import map_figure
from interfacefem.surfaces import HeightMap, areal_roughness
from interfacefem.surfaces.contact_mask import contact_over
from interfacefem.synthetic.height_maps import egg_box, extruded, self_affine_map
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM

K, APPLIED = 0.1, 30.0
SCRIPT = Path(__file__).with_name("mpi_map_numbers.py")


def butler_volmer(i0: float) -> ButlerVolmer:
    return ButlerVolmer(i0, 0.5, 0.5, 298.0)


def ratio(solution) -> float:
    current = solution.samples.current_density
    return current.max() / current.min()


@pytest.fixture(scope="module")
def rough_map() -> HeightMap:
    return self_affine_map(0.7 * UM, 30 * UM, samples=41, seed=3)


@pytest.fixture(scope="module")
def domain(rough_map):
    return mesh_height_map(rough_map, 30 * UM, MapMeshSettings(40, 0.25))


@pytest.fixture(scope="module")
def solver(domain) -> CurrentSolver:
    return CurrentSolver(domain)


def test_the_box_is_filled_and_its_sides_are_tagged(domain, rough_map) -> None:
    nodes = domain.mesh.geometry.x[compat.geometry_dofmap(domain.mesh)]
    sides = nodes[:, 1:] - nodes[:, :1]
    volume = np.abs(np.linalg.det(sides)).sum() / 6
    assert volume == pytest.approx(30 * UM * (30 * UM) ** 2, rel=1e-9)
    areas = {
        tag: simplex_sizes(domain.facet_vertices(tag)).sum()
        for tag in (*Boundary, FRONT_TAG, BACK_TAG)
    }
    assert areas[Boundary.TOP] == pytest.approx((30 * UM) ** 2, rel=1e-9)
    assert areas[Boundary.INTERFACE] == pytest.approx(domain.interface_area, rel=1e-9)
    assert domain.interface_area > 1.01 * (30 * UM) ** 2
    for tag, line in (
        (Boundary.LEFT, rough_map.heights[:, 0]),
        (Boundary.RIGHT, rough_map.heights[:, -1]),
        (FRONT_TAG, rough_map.heights[0]),
        (BACK_TAG, rough_map.heights[-1]),
    ):
        expected = np.trapezoid(domain.top - line, dx=0.75 * UM)
        assert areas[tag] == pytest.approx(expected, rel=1e-9)
    at_top = domain.facet_vertices(Boundary.TOP)[..., 2]
    np.testing.assert_allclose(at_top, domain.top, rtol=1e-12)


def test_the_bottom_follows_the_map(domain, rough_map) -> None:
    vertices = domain.facet_vertices(Boundary.INTERFACE).reshape(-1, 3)
    row, column = (np.rint(vertices[:, axis] / (0.75 * UM)).astype(int) for axis in (1, 0))
    np.testing.assert_allclose(vertices[:, 2], rough_map.heights[row, column], atol=1e-18)


def test_quality_is_that_of_the_cells(domain) -> None:
    nodes = domain.mesh.geometry.x[compat.geometry_dofmap(domain.mesh)]
    # gradients of the barycentric coordinates are normal to the faces
    inverse = np.linalg.inv(nodes[:, 1:] - nodes[:, :1])
    gradients = np.concatenate([-inverse.sum(axis=2, keepdims=True), inverse], axis=2)
    normals = gradients / np.linalg.norm(gradients, axis=1, keepdims=True)
    cosines = -np.einsum("tdi,tdj->tij", normals, normals)
    pairs = cosines[:, *np.triu_indices(4, k=1)]
    assert domain.quality.smallest_angle == pytest.approx(np.degrees(np.arccos(pairs.max())))
    assert domain.quality.cells == len(nodes)
    assert domain.quality.inverted == 0


def test_a_top_below_the_highest_point_is_refused(rough_map) -> None:
    with pytest.raises(MeshError, match=r"domain\.height"):
        mesh_height_map(rough_map, 0.5 * UM)


@pytest.mark.parametrize("settings", [MapMeshSettings(0), MapMeshSettings(10, -0.1)])
def test_resolutions_without_sense_are_refused(rough_map, settings) -> None:
    with pytest.raises(MeshError, match="resolution"):
        mesh_height_map(rough_map, 30 * UM, settings)


def test_only_degree_one_is_offered(domain) -> None:
    with pytest.raises(InputError, match="degree"):
        CurrentSolver(domain, 2)


@pytest.mark.parametrize("law", [butler_volmer(10.0), None])
def test_a_flat_map_carries_a_uniform_current(law) -> None:
    flat = HeightMap(np.full((5, 9), 2 * UM), UM, UM)
    solution = solve_current(
        mesh_height_map(flat, 10 * UM, MapMeshSettings(8, 0.2)), CurrentProblem(K, APPLIED, law)
    )
    np.testing.assert_allclose(solution.samples.current_density, APPLIED, rtol=1e-9)
    eta = 0.0 if law is None else float(law.overpotential(np.array(APPLIED)))
    assert solution.top_potential == pytest.approx(eta + APPLIED * 10 * UM / K, rel=1e-9)


def test_charge_is_conserved_over_the_true_area(solver, domain) -> None:
    solution = solver.solve(CurrentProblem(K, APPLIED, butler_volmer(100.0)))
    samples = solution.samples
    through = samples.quadrature_current_density @ samples.quadrature_weights
    assert through == pytest.approx(APPLIED * (30 * UM) ** 2, rel=1e-9)
    assert samples.quadrature_weights.sum() == pytest.approx(domain.interface_area, rel=1e-9)
    assert len(samples.x) == 41 * 41
    assert np.all(np.diff(samples.y.reshape(41, 41), axis=0) > 0)
    assert np.all(np.diff(samples.x.reshape(41, 41), axis=1) > 0)


def test_few_newton_steps_and_iterations_with_one_hierarchy(domain) -> None:
    solver = CurrentSolver(domain)
    solution = solver.solve(CurrentProblem(K, APPLIED, butler_volmer(10.0)))
    assert solution.newton_steps <= 3
    assert solver.tangents.iterations <= 15 * solution.newton_steps
    assert solver.tangents.factorisations == 1


@pytest.mark.parametrize("over_i0", [1e-3, 1.0, 1e5])
def test_extreme_parameters_converge(solver, over_i0) -> None:
    solution = solver.solve(CurrentProblem(K, over_i0 * 10.0, butler_volmer(10.0)))
    assert solution.charge_balance_error < 1e-9


def test_an_extruded_profile_converges_to_its_2d_ratio_at_order_two() -> None:
    problem = CurrentProblem(K, APPLIED, butler_volmer(1e3))
    profile = sinusoid(0.5 * UM, 10 * UM, points=401)
    plane = distribute(mesh_profile(profile, 12 * UM, MeshSettings(1600, 0.2)))
    exact = ratio(solve_current(plane, problem)) - 1
    errors = []
    for cells in (20, 40, 80):
        surface = extruded(profile, 20 * UM / cells, samples=(3, cells + 1))
        settings = MapMeshSettings(cells, 4.0 / cells)
        solution = solve_current(mesh_height_map(surface, 12 * UM, settings), problem)
        errors.append((ratio(solution) - 1) / exact - 1)
        # nothing varies along y but what the diagonals of the cells do
        along = solution.samples.current_density.reshape(3, -1)
        assert np.ptp(along, axis=0).max() < abs(errors[-1]) * APPLIED
    assert abs(errors[2]) < 2e-3
    assert math.log2(errors[0] / errors[2]) / 2 == pytest.approx(2.0, abs=0.25)


def test_an_egg_box_of_small_amplitude_has_the_first_order_amplitude() -> None:
    law = butler_volmer(1e3)
    wavelengths, height, amplitude = (10 * UM, 14 * UM), 8 * UM, 1e-3 * UM
    expected = relative_amplitude(
        law,
        height_amplitude=amplitude,
        wavenumber=2 * math.pi * math.hypot(1 / wavelengths[0], 1 / wavelengths[1]),
        domain_height=height,
        conductivity=K,
        applied_current_density=APPLIED,
    )
    errors = []
    for cells in (20, 40):
        surface = egg_box(amplitude, *wavelengths, samples=281)
        domain = mesh_height_map(surface, height, MapMeshSettings(cells, 4.0 / cells))
        current = solve_current(domain, CurrentProblem(K, APPLIED, law)).samples.current_density
        errors.append(float(np.ptp(current)) / 2 / APPLIED / expected - 1)
    assert abs(errors[1]) < 8e-3
    # at the corners, where the extremes lie, the order is reached on finer meshes only
    assert math.log2(errors[0] / errors[1]) > 1.2


def test_a_turned_map_has_the_same_ratio(rough_map, solver) -> None:
    problem = CurrentProblem(K, APPLIED, butler_volmer(1e3))
    turned = rough_map.with_heights(rough_map.heights.T)
    solution = solve_current(mesh_height_map(turned, 30 * UM, MapMeshSettings(40, 0.25)), problem)
    assert ratio(solution) == pytest.approx(ratio(solver.solve(problem)), rel=1e-8)


def test_the_ratio_depends_on_ratios_of_the_parameters_alone(solver) -> None:
    one = solver.solve(CurrentProblem(K, APPLIED, butler_volmer(10.0)))
    seven = solver.solve(CurrentProblem(7 * K, 7 * APPLIED, butler_volmer(70.0)))
    assert ratio(seven) == pytest.approx(ratio(one), rel=1e-9)


def test_metal_that_reaches_into_the_electrolyte_carries_most(solver, rough_map) -> None:
    samples = solver.solve(CurrentProblem(K, APPLIED, butler_volmer(1e3))).samples
    assert np.corrcoef(samples.z, samples.current_density)[0, 1] > 0.7


def test_fields_are_written_and_the_field_is_that_of_the_potential(tmp_path) -> None:
    flat = HeightMap(np.zeros((3, 3)), UM, UM)
    domain = mesh_height_map(flat, 4 * UM, MapMeshSettings(2, 0.0))
    solution = solve_current(domain, CurrentProblem(K, APPLIED, butler_volmer(10.0)))
    field = current_density_field(solution).x.array.reshape(-1, 3)
    np.testing.assert_allclose(field, [[0, 0, -APPLIED]] * len(field), atol=1e-6 * APPLIED)
    written = write_fields(solution, tmp_path)
    assert len(written) == (2 if dolfinx.has_adios2 else 0)
    assert all((path / "data.0").stat().st_size > 0 for path in written)


def test_a_run_says_what_it_did(rough_map) -> None:
    run = run_current_map(rough_map, Cell(), MPI.COMM_WORLD, settings=MapMeshSettings(20, 0.4))
    assert run.i_ratio_error is None
    assert any("resampled to 21 x 21" in note for note in run.notes)
    coarse = run_current_map(
        rough_map, Cell(), MPI.COMM_WORLD, settings=MapMeshSettings(20, 0.4).at_half_resolution()
    )
    change = abs(coarse.metrics.i_ratio - run.metrics.i_ratio) / (run.metrics.i_ratio - 1)
    assert run.change_at_half_resolution == pytest.approx(change)
    assert any(f"differs by {100 * change:.2g} %" in note for note in run.notes)
    metrics = run.metrics
    assert metrics.contact_fraction == pytest.approx(1.0)
    assert metrics.wagner_number == pytest.approx(
        K * 8.314462618 * 298 / (96485.33212 * 10.0 * areal_roughness(rough_map).sq)
    )
    # at the safe current density the largest current is the critical one (1 mA/cm2)
    cell = Cell.model_validate(
        {"load": {"current_density": f"{metrics.safe_current_density:.10g} A/m^2"}}
    )
    at_limit = run_current_map(rough_map, cell, MPI.COMM_WORLD, settings=MapMeshSettings(20, 0.4))
    assert at_limit.metrics.i_max == pytest.approx(10.0, rel=1e-5)


def test_the_figure_shows_the_current_where_there_is_contact(domain, rough_map) -> None:
    touching = rough_map.heights < 0
    solution = solve_current(
        domain.with_contact(contact_over(rough_map, touching)),
        CurrentProblem(K, APPLIED, butler_volmer(10.0)),
    )
    figure = map_figure(solution, domain.height_map)
    heights, current = (axes.images[0].get_array() for axes in figure.axes[:2])
    np.testing.assert_allclose(heights, rough_map.heights / UM)
    assert current.count() == len(solution.samples.x)
    assert current.max() == pytest.approx(solution.samples.current_density.max() / APPLIED)
    # insulated where the map is high, but for the nodes beside a contact
    assert current.mask[rough_map.heights > 0.7 * UM].all()
    assert not current.mask[rough_map.heights < -0.7 * UM].any()


def _kilobytes(name: str) -> int:
    """Of memory, as Linux counts it for this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@pytest.mark.slow
def test_a_million_tetrahedra() -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from now on
    before = _kilobytes("VmRSS")
    surface = self_affine_map(0.7 * UM, 30 * UM, samples=101, shortest=2.4 * UM, seed=3)
    domain = mesh_height_map(surface, 32 * UM)
    solver = CurrentSolver(domain)
    solution = solver.solve(CurrentProblem(K, APPLIED, butler_volmer(10.0)))
    assert domain.quality.cells >= 1_200_000
    assert solution.newton_steps <= 3
    assert solver.tangents.iterations <= 15 * solution.newton_steps
    assert ratio(solution) == pytest.approx(1.034633979, abs=1e-8)
    # beside what this process held before, and whatever other tests of it took at their peak
    assert _kilobytes("VmHWM") - before < 0.9e9 / 1024


@pytest.mark.mpi
@pytest.mark.slow
def test_numbers_do_not_depend_on_the_ranks() -> None:
    found = {ranks: numbers_on_ranks(SCRIPT, ranks) for ranks in (1, 2, 3)}
    for ranks in (2, 3):
        for case, laws in found[1].items():
            facets = found[ranks][case].pop("facets")
            assert sum(facets) == sum(laws["facets"])
            # in these most ranks own no facet of the interface
            assert (0 in facets) == (case in ("column", "tower"))
            for law, numbers in found[ranks][case].items():
                assert numbers.pop("same_on_all_ranks")
                for name, value in numbers.items():
                    assert value == pytest.approx(laws[law][name], rel=1e-8), (case, law, name)
