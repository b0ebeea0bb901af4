# SPDX-License-Identifier: BSD-3-Clause
"""A flat block on bodies that yield: reference solutions, loading, unloading, reloading."""

from __future__ import annotations

import numpy as np
import pytest

from interfacefem.contact.flat_block import BlockPress
from interfacefem.contact.plane_strain_body import PlaneStrainBody, vertical_compression_at_depth
from interfacefem.contact.plastic_material import VonMisesMaterial, von_mises_stress
from interfacefem.errors import InputError
from interfacefem.meshing import InterfaceMesh
from interfacefem.mpi import MPI
from interfacefem.reference import plasticity_checks
from interfacefem.reference.plasticity_checks import half_wave, wave_gap
from interfacefem.units import UM

YIELDING = VonMisesMaterial(24e9, 0.37, 0.2e9)
ELASTIC = VonMisesMaterial(24e9, 0.37)


@pytest.fixture(scope="module")
def domain() -> InterfaceMesh:
    return half_wave(MPI.COMM_WORLD, edges=32)


def pressed(domain: InterfaceMesh, material: VonMisesMaterial, **options: float) -> BlockPress:
    return BlockPress(domain, PlaneStrainBody(domain.mesh, material), wave_gap, **options)


@pytest.mark.parametrize(
    "check",
    [
        plasticity_checks.check_oedometer,
        plasticity_checks.check_stress_ratio,
        pytest.param(plasticity_checks.check_prandtl, marks=pytest.mark.slow),
    ],
)
def test_reference_solutions(check) -> None:
    rows = list(check(MPI.COMM_WORLD))
    assert rows
    for row in rows:
        assert row.passed, row


def test_light_loads_do_not_yield(domain: InterfaceMesh) -> None:
    # first yield is near p_max = 1.8 Y for a line contact
    one, other = pressed(domain, YIELDING), pressed(domain, ELASTIC)
    yielding, elastic = one.press(8e6), other.press(8e6)
    assert elastic.p_max < 1.5 * 0.2e9
    assert not one.body.state.equivalent_plastic_strain.any()
    np.testing.assert_allclose(yielding.pressure, elastic.pressure, atol=1e-7 * elastic.p_max)


def test_unloading_is_elastic_and_reloading_closes_the_loop(domain: InterfaceMesh) -> None:
    press = pressed(domain, YIELDING)
    loaded = press.press(150e6)
    plastic = press.body.state.equivalent_plastic_strain.copy()
    assert plastic.max() > 0.01
    assert von_mises_stress(press.body.stress).max() <= 0.2e9 * (1 + 1e-9)
    released = press.press(100e6)
    np.testing.assert_array_equal(press.body.state.equivalent_plastic_strain, plastic)
    reloaded = press.press(150e6)
    np.testing.assert_allclose(reloaded.pressure, loaded.pressure, atol=1e-6 * loaded.p_max)
    assert reloaded.approach == pytest.approx(loaded.approach, rel=1e-8)
    # the block does not come back to where it was at this load before
    before = pressed(domain, YIELDING).press(100e6)
    assert released.approach > 1.05 * before.approach
    assert released.contact_fraction > before.contact_fraction
    for contact in (loaded, released, reloaded):
        assert contact.complementarity_error < 1e-8


def test_one_load_and_many_loads_agree(domain: InterfaceMesh) -> None:
    # backward Euler's error in the path is of the order of the step
    gradually = pressed(domain, YIELDING)
    for load in np.linspace(10e6, 80e6, 8):
        small = gradually.press(load)
    large = pressed(domain, YIELDING).press(80e6)
    assert small.contact_fraction == pytest.approx(large.contact_fraction, abs=0.02)
    assert small.approach == pytest.approx(large.approach, rel=0.02)
    assert small.p_max == pytest.approx(large.p_max, rel=0.05)


def test_the_cap_limits_the_pressure_and_keeps_the_load(domain: InterfaceMesh) -> None:
    hardness = YIELDING.indentation_hardness
    capped = pressed(domain, ELASTIC, hardness=hardness)
    elastic = pressed(domain, ELASTIC)
    for load in (150e6, 300e6):
        one, other = capped.press(load), elastic.press(load)
        assert one.p_max <= hardness * (1 + 1e-12) < other.p_max
        assert np.average(one.pressure, weights=one.weights) == pytest.approx(load, rel=1e-9)
        assert one.contact_fraction > other.contact_fraction
        assert one.complementarity_error < 1e-10


def test_cap_and_plasticity_agree_on_the_contact(domain: InterfaceMesh) -> None:
    hardness = YIELDING.indentation_hardness
    capped = pressed(domain, ELASTIC, hardness=hardness)
    press = pressed(domain, YIELDING)
    for load in (100e6, 150e6):
        one, other = capped.press(load), press.press(load)
        # the plastic body begins to yield before the cap does
        assert other.contact_fraction == pytest.approx(one.contact_fraction, rel=0.35)
        assert other.mean_contact_pressure < hardness * 1.02


def test_a_virgin_flat_is_pressed_evenly() -> None:
    x = np.array([0.0, 2 * UM])
    flat = plasticity_checks.flat_body(MPI.COMM_WORLD, x, 2 * UM, 6, growth=0.4)
    body = PlaneStrainBody(flat.mesh, YIELDING)
    contact = BlockPress(flat, body).press(1e9)
    assert contact.contact_fraction == 1
    np.testing.assert_allclose(contact.pressure, 1e9, rtol=1e-8)
    at = vertical_compression_at_depth(body, np.linspace(0, 2 * UM, 9), 1 * UM)
    np.testing.assert_allclose(at, 1e9, rtol=1e-8)


@pytest.mark.parametrize("pressure", [0.0, -1e6, float("nan"), 0.7e9])
def test_refuses_loads_that_the_cap_cannot_carry(domain: InterfaceMesh, pressure: float) -> None:
    press = pressed(domain, ELASTIC, hardness=0.6e9)
    with pytest.raises(InputError, match="mean pressure"):
        press.press(pressure)


@pytest.mark.parametrize("depth", [0.0, -1 * UM, 100 * UM, float("nan")])
def test_refuses_depths_outside_of_the_body(domain: InterfaceMesh, depth: float) -> None:
    body = PlaneStrainBody(domain.mesh, ELASTIC)
    with pytest.raises(InputError, match="depth"):
        vertical_compression_at_depth(body, np.array([1 * UM]), depth)
