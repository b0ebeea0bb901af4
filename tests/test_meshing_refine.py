# SPDX-License-Identifier: BSD-3-Clause
import numpy as np
import pytest

from interfacefem.meshing import Boundary, Triangulation, mesh_profile
from interfacefem.meshing.refine import refine
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores
from interfacefem.units import UM


@pytest.fixture(scope="module")
def mesh() -> Triangulation:
    return mesh_profile(keyhole_pores(2 * UM, 1.2 * UM, 15 * UM, 2), 20 * UM)


def boundary_edges(triangles: np.ndarray) -> set[tuple[int, int]]:
    pairs = np.sort(np.vstack([triangles[:, [i, (i + 1) % 3]] for i in range(3)]), axis=1)
    edges, counts = np.unique(pairs, axis=0, return_counts=True)
    assert counts.max() <= 2
    return {tuple(edge) for edge in edges[counts == 1].tolist()}


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_refined_mesh_is_conforming_tagged_and_fills_the_domain(
    mesh: Triangulation, share: float
) -> None:
    marked = np.random.default_rng(3).random(len(mesh.triangles)) < share
    fine, parents = refine(mesh, marked)
    assert fine.areas.min() > 0
    assert fine.areas.sum() == pytest.approx(mesh.areas.sum(), rel=1e-12)
    np.testing.assert_allclose(np.bincount(parents, fine.areas), mesh.areas, rtol=1e-9)
    # four children or more for each marked triangle
    assert np.bincount(parents)[marked].min() >= 4
    # a hanging node would make inner edges appear as boundary
    assert boundary_edges(fine.triangles) == {
        tuple(edge) for edge in np.sort(fine.edges, axis=1).tolist()
    }
    for piece in Boundary:
        before, after = (
            np.linalg.norm(np.diff(one.points[one.edges[one.edge_tags == piece]], axis=1), axis=2)
            for one in (mesh, fine)
        )
        assert after.sum() == pytest.approx(before.sum(), rel=1e-12)


def test_interface_chain_stays_in_order(mesh: Triangulation) -> None:
    fine, _ = refine(mesh, np.ones(len(mesh.triangles), dtype=bool))
    assert len(fine.interface_nodes) == 2 * len(mesh.interface_nodes) - 1
    np.testing.assert_allclose(
        fine.interface_arc_length[::2], mesh.interface_arc_length, rtol=1e-12
    )


def test_angles_stay_above_half_the_smallest(mesh: Triangulation) -> None:
    fine = mesh
    for _ in range(5):
        near = np.hypot(*(fine.points[fine.triangles].mean(axis=1) - mesh.points[0]).T) < 1 * UM
        fine, _ = refine(fine, near)
    assert len(fine.triangles) > len(mesh.triangles)
    assert fine.quality.smallest_angle >= mesh.quality.smallest_angle / 2


def test_nothing_marked_changes_nothing(mesh: Triangulation) -> None:
    same, parents = refine(mesh, np.zeros(len(mesh.triangles), dtype=bool))
    np.testing.assert_array_equal(same.points, mesh.points)
    assert sorted(parents) == list(range(len(mesh.triangles)))
    assert isinstance(Profile(*same.points[same.interface_nodes].T), Profile)
