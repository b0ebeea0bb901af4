# SPDX-License-Identifier: BSD-3-Clause
"""The condensed contact solver and SNES on a meshed body find the same contact of a rough line."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.problem import contact_problem
from interfacefem.contact.solver import solve_loads
from interfacefem.contact.surface import sample_surface
from interfacefem.contact.unilateral import UnilateralContact
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

MODULUS, POISSON = 24e9, 0.37
WIDTH, HEIGHT = 20 * UM, 30 * UM  # below 1.5 widths the base is not felt
LOADS = (20e6, 80e6)


# the difference is that of the mesh: it halves with the edges at least
@pytest.mark.parametrize(("edges", "allowed"), [
    (100, 8e-3), pytest.param(200, 4e-3, marks=pytest.mark.slow),
])  # fmt: skip
def test_condensed_contact_is_that_of_a_meshed_body(edges, allowed) -> None:
    profile = self_affine(0.02 * UM, WIDTH, points=201, seed=2, shortest=4 * UM)
    surface = sample_surface(profile, "mirror", 1024)
    condensed = solve_loads(
        contact_problem(surface, ElasticBody(MODULUS, POISSON), rotation="fixed"), LOADS
    )
    curve = CubicSpline(profile.x, profile.z)
    lowest = curve(np.linspace(0, WIDTH, 20001)).min()
    flat = Profile(profile.x, np.zeros_like(profile.x))
    settings = MeshSettings(interface_edges=edges, growth=0.2)
    meshed = UnilateralContact(
        distribute(mesh_profile(flat, HEIGHT, settings)),
        MODULUS,
        POISSON,
        lambda points: curve(points[:, 0]) - lowest,
    )
    ends = np.append(surface.x - surface.spacing[0] / 2, WIDTH)
    for load, one in zip(LOADS, condensed, strict=True):
        other = meshed.press(load)
        assert one.pressure.max() == pytest.approx(other.p_max, rel=allowed)
        # every contact has two ends, each known to half the distance of nodes
        contacts = np.count_nonzero(np.diff(one.touches.astype(int), prepend=0) == 1)
        assert abs(one.touches.mean() - other.contact_fraction) < contacts / (2 * edges)
        assert 0.05 < one.touches.mean() < 0.6
        # share of the load to the left of each place
        left = np.append(0, np.cumsum(one.pressure)) * surface.spacing[0] / (load * WIDTH)
        force = other.pressure * other.weights / (load * WIDTH)
        np.testing.assert_allclose(
            np.interp(other.x, ends, left), np.cumsum(force) - force / 2, atol=allowed
        )
        apart = np.interp(other.x, surface.x, one.pressure) - other.pressure
        rms = np.sqrt(np.average(apart**2, weights=other.weights))
        assert rms < 2 * allowed * other.p_max
