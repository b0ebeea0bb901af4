# SPDX-License-Identifier: BSD-3-Clause
"""Domains above profiles: shape, tags, nodes, quality."""

from __future__ import annotations

import numpy as np
import pytest

from interfacefem.errors import MeshError
from interfacefem.meshing import Boundary, MeshSettings, Triangulation, distribute, mesh_profile
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine, sinusoid
from interfacefem.units import UM

HEIGHT = 10 * UM


def keyhole(neck: float, *, metal: bool) -> Profile:
    """A round pore of radius 1 um behind a neck, filled with metal or with electrolyte."""
    opening = np.arcsin(neck / 2)
    angles = np.linspace(1.5 * np.pi - opening, -0.5 * np.pi + opening, 120)
    x = np.concatenate([[0, 3 - neck / 2], 3 + np.cos(angles), [3 + neck / 2, 6]])
    z = np.concatenate([[0, 0], np.cos(opening) + 0.2 + np.sin(angles), [0, 0]])
    return Profile(x * UM, (z if metal else -z) * UM)


def zigzag(degrees: float) -> Profile:
    x = np.linspace(0, 10, 21)
    return Profile(x * UM, np.where(np.arange(21) % 2, 0.5 * np.tan(np.radians(degrees)), 0) * UM)


PROFILES = {
    "rough": self_affine(1 * UM, 30 * UM, points=500, seed=3),
    "flat": Profile(np.array([0, 20 * UM]), np.zeros(2)),
    "tilted": Profile(np.array([0, 20 * UM]), np.array([0, 5 * UM])),
    "vertical step": Profile(np.array([0, 5, 5, 10]) * UM, np.array([0, 0, 2, 2]) * UM),
    "80 degrees": zigzag(80),
    "metal mushroom": keyhole(0.3, metal=True),
    "keyhole pore": keyhole(0.3, metal=False),
    "narrow neck": keyhole(0.01, metal=False),
    "far from the origin": Profile(np.array([1e-2, 1e-2 + 1e-5]), np.array([5e-3, 5.001e-3])),
}
each_profile = pytest.mark.parametrize("name", PROFILES)


def areas(mesh: Triangulation) -> np.ndarray:
    corners = mesh.points[mesh.triangles]
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2


@pytest.fixture(scope="module")
def meshes() -> dict[str, Triangulation]:
    return {name: mesh_profile(profile, HEIGHT) for name, profile in PROFILES.items()}


@each_profile
def test_triangles_fill_the_domain_once(meshes, name) -> None:
    found = areas(meshes[name])
    # the mean height is that of the same area: width times height is left
    assert found.min() > 0
    assert found.sum() == pytest.approx(PROFILES[name].width * HEIGHT, rel=1e-8)


@each_profile
def test_every_point_of_the_profile_is_a_node_in_order(meshes, name) -> None:
    mesh, profile = meshes[name], PROFILES[name]
    nodes = mesh.points[mesh.interface_nodes]
    places = np.searchsorted(mesh.interface_arc_length, profile.arc_length - 1e-13)
    tolerance = 1e-12 * max(1, abs(profile.x).max() / UM) * UM
    np.testing.assert_allclose(nodes[places, 0], profile.x, atol=tolerance)
    np.testing.assert_allclose(nodes[places, 1], profile.z, atol=tolerance)
    assert mesh.interface_arc_length[-1] == pytest.approx(profile.length, rel=1e-9)


@each_profile
def test_boundary_is_one_closed_loop_with_four_tags(meshes, name) -> None:
    mesh, profile = meshes[name], PROFILES[name]
    sides = np.sort(mesh.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, counts = np.unique(sides, axis=0, return_counts=True)
    assert set(counts) <= {1, 2}
    boundary = unique[counts == 1]
    assert {tuple(e) for e in boundary} == {tuple(sorted(e)) for e in mesh.edges.tolist()}
    ends = mesh.points[mesh.edges]
    lengths = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    top = profile.mean_height + HEIGHT
    expected = {
        Boundary.INTERFACE: profile.length,
        Boundary.TOP: profile.width,
        Boundary.LEFT: top - profile.z[0],
        Boundary.RIGHT: top - profile.z[-1],
    }
    for tag, length in expected.items():
        assert lengths[mesh.edge_tags == tag].sum() == pytest.approx(length, rel=1e-8)
    for tag, axis, value in (
        (Boundary.TOP, 1, top),
        (Boundary.LEFT, 0, profile.x[0]),
        (Boundary.RIGHT, 0, profile.x[-1]),
    ):
        assert np.ptp(ends[mesh.edge_tags == tag][..., axis]) == pytest.approx(0, abs=1e-15)
        assert ends[mesh.edge_tags == tag][0, 0, axis] == pytest.approx(value, rel=1e-12)


@each_profile
def test_triangles_are_well_shaped(meshes, name) -> None:
    quality = meshes[name].quality
    assert quality.inverted == 0
    # the wedges of the zigzag have 20 degrees themselves; cut in three they would have 6.7
    assert quality.smallest_angle > (7 if name == "80 degrees" else 10)
    assert quality.cells < 25000


def test_edges_grow_away_from_the_interface(meshes) -> None:
    mesh = meshes["flat"]
    size = np.sqrt(areas(mesh))
    height = mesh.points[mesh.triangles][..., 1].mean(axis=1)
    near, far = size[height < 0.5 * UM].mean(), size[height > 7 * UM].mean()
    assert far > 10 * near
    # bounded by growth times distance, with room for how gmsh places points
    first = 20 * UM / 1000
    assert np.all(size < 2 * (first + 0.4 * (height + first)))


def test_finer_settings_give_more_cells_and_slower_growth_too() -> None:
    profile = sinusoid(1 * UM, 10 * UM, points=101)
    cells = [
        mesh_profile(profile, HEIGHT, MeshSettings(edges, growth)).quality.cells
        for edges, growth in ((200, 0.4), (400, 0.4), (400, 0.1))
    ]
    assert cells[1] > 1.7 * cells[0]
    assert cells[2] > 2 * cells[1]


def test_a_neck_costs_cells_near_it_only() -> None:
    wide = mesh_profile(keyhole(0.3, metal=False), HEIGHT).quality.cells
    narrow = mesh_profile(keyhole(0.002, metal=False), HEIGHT).quality.cells
    assert narrow < 4 * wide


@pytest.mark.parametrize("height", [-1.0, 0.0, 0.99])
def test_a_domain_lower_than_the_peak_is_refused(height) -> None:
    with pytest.raises(MeshError, match=r"domain\.height.*highest point.*expected more than"):
        mesh_profile(sinusoid(1 * UM, 10 * UM), height * UM)


def test_a_needle_sharp_pit_is_refused_in_one_line() -> None:
    pit = Profile(np.array([0, 5, 5.01, 5.02, 10]) * UM, np.array([0, 0, -8, 0, 0]) * UM)
    with pytest.raises(MeshError, match="smallest angle") as caught:
        mesh_profile(pit, HEIGHT)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_sharp_wedge_is_meshed_with_a_warning(caplog) -> None:
    mesh = mesh_profile(zigzag(88), 20 * UM)
    assert areas(mesh).sum() == pytest.approx(10 * 20 * UM**2, rel=1e-8)
    # half the angle of the wedge is below what is doubted
    assert "sharp wedge" in caplog.text


def test_tall_and_narrow_and_low_and_wide_domains() -> None:
    for rms, width, height in ((0.1, 2.0, 200.0), (0.1, 500.0, 2.0)):
        profile = self_affine(rms * UM, width * UM, points=300, seed=2)
        mesh = mesh_profile(profile, height * UM)
        assert areas(mesh).sum() == pytest.approx(width * height * UM**2, rel=1e-9)
        assert mesh.quality.smallest_angle > 10


def test_distributed_mesh_knows_the_domain(rough_profile) -> None:
    domain = distribute(mesh_profile(rough_profile, HEIGHT, MeshSettings(300)))
    assert domain.width == pytest.approx(rough_profile.width)
    assert domain.interface_length == pytest.approx(rough_profile.length)
    assert domain.mean_height == pytest.approx(rough_profile.mean_height, abs=1e-15)
    assert domain.top == pytest.approx(rough_profile.mean_height + HEIGHT)
    facets = domain.facet_tags
    assert set(np.unique(facets.values)) == {int(tag) for tag in Boundary}


def test_gmsh_of_the_caller_is_left_alone() -> None:
    import gmsh

    gmsh.initialize(["-noenv"], readConfigFiles=False, interruptible=False)
    try:
        gmsh.model.add("mine")
        gmsh.option.setNumber("Mesh.Algorithm", 6)
        mesh_profile(PROFILES["flat"], HEIGHT, MeshSettings(20))
        assert gmsh.isInitialized()
        assert gmsh.option.getNumber("Mesh.Algorithm") == 6
        assert "mine" in gmsh.model.list()
    finally:
        gmsh.finalize()


def test_a_mesh_does_not_depend_on_those_made_before_it() -> None:
    profile = self_affine(0.7 * UM, 30 * UM, points=300, seed=5)
    first = mesh_profile(profile, HEIGHT)
    for _ in range(3):  # gmsh draws random numbers while it triangulates
        again = mesh_profile(profile, HEIGHT)
        np.testing.assert_array_equal(again.points, first.points)
        np.testing.assert_array_equal(again.triangles, first.triangles)
