# SPDX-License-Identifier: BSD-3-Clause
"""A metal that touches the interface in part: insulated elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver, solve_current
from interfacefem.current.adapt import solve_to_tolerance
from interfacefem.current.metrics import current_metrics
from interfacefem.errors import InputError
from interfacefem.meshing import (
    MapMeshSettings,
    MeshSettings,
    distribute,
    limit_contact,
    mesh_height_map,
    mesh_profile,
)
from interfacefem.meshing.triangulation import NO_CONTACT_TAG, Boundary
from interfacefem.mpi import MPI
from interfacefem.surfaces import ContactMask, HeightMap, Profile
from interfacefem.surfaces.contact_mask import (
    contact_from_samples,
    contact_from_x,
    contact_over,
    read_contact_csv,
    with_nodes_at_ends,
)
from interfacefem.surfaces.height_map_files import read_contact_map
from interfacefem.synthetic.profiles import keyhole_pores
from interfacefem.units import UM

K, APPLIED = 0.1, 30.0
WIDTH = 10 * UM
FLAT = Profile(np.array([0.0, WIDTH]), np.zeros(2))
PRIMARY = CurrentProblem(K, APPLIED, None)
SLOW = CurrentProblem(K, APPLIED, ButlerVolmer(10.0, 0.5, 0.5, 298.0))


def strip(half_width: float, *, edge: float | None, tall: float = 3 * WIDTH):
    """A cell with one contact in its middle."""
    contact = contact_from_x(FLAT, [(WIDTH / 2 - half_width, WIDTH / 2 + half_width)])
    profile = with_nodes_at_ends(FLAT, contact, edge=edge)
    mesh = mesh_profile(profile, tall, MeshSettings(interface_edges=300))
    return limit_contact(mesh, contact)


@pytest.mark.parametrize("half_width", [1 * UM, 2.5 * UM, 4 * UM])
def test_spreading_resistance_of_a_strip(half_width) -> None:
    # w = arccosh(sin(pi z/W)/sin(pi c/W)) maps the cell so that the contact is an equipotential and
    # the rest a streamline; far away Re w = pi y/W + ln(1/sin(pi c/W))
    solution = solve_current(distribute(strip(half_width, edge=1e-4 * WIDTH)), PRIMARY)
    spread = solution.top_potential - APPLIED * 3 * WIDTH / K
    exact = APPLIED * WIDTH / (math.pi * K) * math.log(1 / math.sin(math.pi * half_width / WIDTH))
    assert spread == pytest.approx(exact, rel=2e-3)
    # i = i_app cos(pi x/W)/sqrt(sin(pi c/W)^2 - sin(pi x/W)^2), x from the middle
    samples = solution.samples
    inside = np.abs(samples.x - WIDTH / 2) < 0.8 * half_width
    s = math.pi * (samples.x[inside] - WIDTH / 2) / WIDTH
    ends = math.sin(math.pi * half_width / WIDTH)
    exact_current = APPLIED * np.cos(s) / np.sqrt(ends**2 - np.sin(s) ** 2)
    np.testing.assert_allclose(samples.current_density[inside], exact_current, rtol=1e-2)


def test_edges_beside_the_ends_of_a_contact_resolve_the_crowding() -> None:
    exact = APPLIED * WIDTH / (math.pi * K) * math.log(math.sqrt(2))
    errors = []
    for edge in (None, 1e-4 * WIDTH):
        solution = solve_current(distribute(strip(2.5 * UM, edge=edge)), PRIMARY)
        errors.append(abs(solution.top_potential - APPLIED * 3 * WIDTH / K - exact))
    assert errors[1] < errors[0] / 3


def test_charge_balance_and_extremes_of_a_contact_with_kinetics() -> None:
    domain = distribute(strip(2 * UM, edge=0.05 * UM))
    solver = CurrentSolver(domain)
    solution = solver.solve(SLOW)
    samples = solution.samples
    assert samples.quadrature_weights.sum() == pytest.approx(4 * UM, rel=1e-9)
    through = samples.quadrature_current_density @ samples.quadrature_weights
    assert through == pytest.approx(APPLIED * WIDTH, rel=1e-10)
    metrics = current_metrics(solution, rms_height=UM)
    assert metrics.contact_fraction == pytest.approx(0.4, rel=1e-9)
    # slow kinetics: nearly uniform over the contact, at i_app W/(2 c), most at its ends
    assert metrics.i_min > 0.9 * APPLIED / 0.4
    at_most = np.abs(samples.x[np.argmax(samples.current_density)] - WIDTH / 2)
    assert at_most == pytest.approx(2 * UM, rel=1e-9)


def test_contact_everywhere_changes_nothing(rough_profile) -> None:
    mesh = mesh_profile(rough_profile, 15 * UM)
    everywhere = limit_contact(mesh, ContactMask(np.array([[0.0, 2 * rough_profile.length]])))
    for problem in (SLOW, PRIMARY):
        plain, masked = (
            solve_current(distribute(each), problem).samples for each in (mesh, everywhere)
        )
        np.testing.assert_allclose(masked.current_density, plain.current_density, rtol=1e-12)


def test_no_contact_at_all_is_refused(rough_profile) -> None:
    mesh = limit_contact(mesh_profile(rough_profile, 15 * UM), ContactMask(np.empty((0, 2))))
    with pytest.raises(InputError, match="touches the interface nowhere"):
        CurrentSolver(distribute(mesh))


def test_several_contacts_share_the_current_by_symmetry() -> None:
    contact = contact_from_x(FLAT, [(1 * UM, 2 * UM), (8 * UM, 9 * UM)])
    profile = with_nodes_at_ends(FLAT, contact)
    domain = distribute(limit_contact(mesh_profile(profile, 20 * UM), contact))
    for problem in (SLOW, PRIMARY):
        samples = solve_current(domain, problem).samples
        left = samples.x < WIDTH / 2
        assert left.sum() == (~left).sum()
        mirrored = samples.current_density[~left][::-1]
        np.testing.assert_allclose(samples.current_density[left], mirrored, rtol=2e-2)
        assert np.all((samples.x[left] >= 1 * UM - 1e-15) & (samples.x[left] <= 2 * UM + 1e-15))


def test_refined_meshes_keep_the_contact_and_meet_the_tolerance() -> None:
    fast = CurrentProblem(K, APPLIED, ButlerVolmer(1000.0, 0.5, 0.5, 298.0))
    mesh = strip(2 * UM, edge=None)
    refined = solve_to_tolerance(mesh, fast, 0.01, MPI.COMM_WORLD)
    assert refined.estimate is not None
    assert refined.estimate.ratio_minus_one_error <= 0.01
    assert refined.solution.samples.quadrature_weights.sum() == pytest.approx(4 * UM, rel=1e-9)
    current = refined.solution.samples.current_density
    fine = solve_current(distribute(strip(2 * UM, edge=1e-4 * WIDTH)), fast).samples.current_density
    ratio, reference = current.max() / current.min(), fine.max() / fine.min()
    assert ratio - 1 == pytest.approx(reference - 1, rel=0.01)


def test_an_edge_touches_if_its_middle_does() -> None:
    mesh = mesh_profile(FLAT, WIDTH, MeshSettings(interface_edges=10))
    along = mesh.interface_arc_length
    # just short of the middle of the third edge, then just beyond it
    for beyond, touching in ((-1e-9, 2), (1e-9, 3)):
        end = (along[2] + along[3]) / 2 + beyond
        tags = limit_contact(mesh, ContactMask(np.array([[0.0, end]]))).edge_tags
        assert np.count_nonzero(tags == Boundary.INTERFACE) == touching
        insulated = np.count_nonzero(tags == NO_CONTACT_TAG)
        assert insulated == len(along) - 1 - touching


def test_all_sheets_under_an_overhang_touch() -> None:
    pores = keyhole_pores(1 * UM, 1 * UM, 4 * UM, 1)
    contact = contact_from_x(pores, [(0.0, 1.3 * UM)])
    middles = (pores.arc_length[1:] + pores.arc_length[:-1]) / 2
    x = np.interp(middles, pores.arc_length, pores.x)
    np.testing.assert_array_equal(contact.touches(middles), x < 1.3 * UM)
    assert len(contact.intervals) == 2  # the curve comes back under the overhang


def test_samples_hold_to_halfway_to_the_next() -> None:
    contact = contact_from_samples(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1, 0, 0, 1]) == 1)
    places = np.array([0.0, 0.49, 0.51, 2.49, 2.51, 3.0])
    np.testing.assert_array_equal(contact.touches(places), [True, True, False, False, True, True])


def test_a_mask_is_read_from_a_file(tmp_path) -> None:
    path = tmp_path / "contact.csv"
    path.write_text("# from an image\nx_um,contact\n0,1\n4,1\n6,0\n10,1\n")
    contact = read_contact_csv(path, FLAT)
    np.testing.assert_allclose(contact.intervals, np.array([[0, 5], [8, 10]]) * UM, atol=1e-15)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x,contact\n0,1\n", "wrong header"),
        ("x_um,contact\n0,2\n", "0,2"),
        ("x_um,contact\n1,1\n0,1\n", "increase"),
        ("x_um,contact\n", "increase"),
        ("", "nothing"),
    ],
)
def test_damaged_masks_are_refused(tmp_path, text, match) -> None:
    (tmp_path / "contact.csv").write_text(text)
    with pytest.raises(InputError, match=match):
        read_contact_csv(tmp_path / "contact.csv", FLAT)


@pytest.mark.parametrize("intervals", [[[2.0, 1.0]], [[0.0, 2.0], [1.0, 3.0]], [[0.0, math.nan]]])
def test_intervals_without_sense_are_refused(intervals) -> None:
    with pytest.raises(InputError, match="contact"):
        ContactMask(np.array(intervals))


def test_a_strip_over_a_map_is_that_along_a_profile() -> None:
    flat = HeightMap(np.zeros((5, 81)), WIDTH / 80, WIDTH / 80)
    touching = np.zeros((5, 81), dtype=bool)
    touching[:, 24:57] = True
    domain = mesh_height_map(flat, 2 * WIDTH, MapMeshSettings(80, 0.1)).with_contact(
        contact_over(flat, touching)
    )
    solution = solve_current(domain, SLOW)
    metrics = current_metrics(solution, rms_height=UM)
    half_width = metrics.contact_fraction * WIDTH / 2
    # of the facets at its ends half are in: 33 of 80 cells
    assert half_width == pytest.approx(33 / 80 * WIDTH / 2, rel=1e-9)
    plane = solve_current(distribute(strip(half_width, edge=0.01 * UM, tall=2 * WIDTH)), SLOW)
    spread, exact = (each.top_potential - APPLIED * 2 * WIDTH / K for each in (solution, plane))
    assert spread == pytest.approx(exact, rel=2e-3)
    # single triangles protrude at the ends, where the current crowds
    expected = current_metrics(plane, rms_height=UM).i_ratio
    assert metrics.i_ratio - 1 == pytest.approx(expected - 1, rel=0.15)
    assert solution.charge_balance_error < 1e-9


def test_no_contact_over_a_map_is_refused() -> None:
    flat = HeightMap(np.zeros((5, 5)), UM, UM)
    domain = mesh_height_map(flat, 4 * UM, MapMeshSettings(4, 0.3))
    with pytest.raises(InputError, match="touches the interface nowhere"):
        CurrentSolver(domain.with_contact(contact_over(flat, np.zeros((5, 5), dtype=bool))))


@pytest.mark.parametrize("touching", [1, 255])
def test_a_contact_map_is_read_at_any_resolution(tmp_path, touching) -> None:
    flat = HeightMap(np.zeros((5, 9)), UM, UM)
    flags = np.zeros((3, 17), dtype=np.uint8)
    flags[:, :8] = touching
    np.save(tmp_path / "contact.npy", flags)
    contact = read_contact_map(tmp_path / "contact.npy", flat)
    # samples half a micrometre apart: the eighth holds up to 3.75 um
    x = np.array([0.0, 3.7, 3.8, 8.0]) * UM
    np.testing.assert_array_equal(contact.touches(x, 0 * x + 4 * UM), [True, True, False, False])


@pytest.mark.parametrize("text", ["0,1\n2,0\n", "0,nan\n0,1\n", "0,-1\n0,0\n"])
def test_grids_that_are_no_contact_maps_are_refused(tmp_path, text) -> None:
    (tmp_path / "contact.csv").write_text(text)
    with pytest.raises(InputError, match="contact map"):
        read_contact_map(tmp_path / "contact.csv", HeightMap(np.zeros((2, 2)), UM, UM))
