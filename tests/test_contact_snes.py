# SPDX-License-Identifier: BSD-3-Clause
"""Contact of an elastic body by SNES, and the same by the block's own Newton method."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ranks import numbers_on_ranks

from interfacefem.contact.flat_block import BlockPress
from interfacefem.contact.plane_strain_body import PlaneStrainBody
from interfacefem.contact.plastic_material import VonMisesMaterial
from interfacefem.contact.unilateral import UnilateralContact
from interfacefem.errors import InputError
from interfacefem.meshing import InterfaceMesh, MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.reference import westergaard
from interfacefem.reference.plasticity_checks import (
    WAVELENGTH,
    half_wave,
    wave_full_contact_pressure,
    wave_gap,
)
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

SCRIPT = Path(__file__).with_name("mpi_contact_numbers.py")
MODULUS, POISSON = 24e9, 0.37
ELASTIC = VonMisesMaterial(MODULUS, POISSON)
FULL = wave_full_contact_pressure()


@pytest.fixture(scope="module")
def domain() -> InterfaceMesh:
    return half_wave(MPI.COMM_WORLD, edges=64)


@pytest.fixture(scope="module")
def contact(domain: InterfaceMesh) -> UnilateralContact:
    return UnilateralContact(domain, MODULUS, POISSON, wave_gap)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 0.6, 2.0])
def test_westergaard(contact: UnilateralContact, share: float) -> None:
    found = contact.press(share * FULL)
    exact = FULL * westergaard.largest_pressure(share)
    assert found.p_max == pytest.approx(exact, rel=2e-3)
    fraction = westergaard.contact_fraction(share)
    assert found.contact_fraction == pytest.approx(fraction, abs=5e-3)
    assert found.complementarity_error < 1e-10
    assert found.mean_pressure == pytest.approx(share * FULL, rel=1e-9)
    pressure = FULL * westergaard.pressure(found.x, share, WAVELENGTH)
    difference = np.sqrt(np.average((found.pressure - pressure) ** 2, weights=found.weights))
    assert difference < 0.02 * exact


def test_the_largest_pressure_converges(contact: UnilateralContact) -> None:
    coarse = UnilateralContact(half_wave(MPI.COMM_WORLD, edges=16), MODULUS, POISSON, wave_gap)
    exact = FULL * westergaard.largest_pressure(2.0)
    errors = [abs(one.press(2 * FULL).p_max / exact - 1) for one in (coarse, contact)]
    assert errors[1] < errors[0] / 4


def test_loads_in_any_order_give_the_same(contact: UnilateralContact) -> None:
    first = contact.press(0.1 * FULL)
    contact.press(1.5 * FULL)
    again = contact.press(0.1 * FULL)
    np.testing.assert_allclose(again.pressure, first.pressure, atol=1e-7 * first.p_max)


def test_the_block_that_solves_for_its_position_finds_the_same(
    domain: InterfaceMesh, contact: UnilateralContact
) -> None:
    press = BlockPress(domain, PlaneStrainBody(domain.mesh, ELASTIC), wave_gap)
    for share in (0.05, 0.6):
        one, other = contact.press(share * FULL), press.press(share * FULL)
        np.testing.assert_allclose(one.pressure, other.pressure, atol=1e-7 * one.p_max)
        assert one.approach == pytest.approx(other.approach, rel=1e-7)


def test_gentle_slopes_as_gap_or_as_shape_of_the_body_agree() -> None:
    # the shape differs from the gap function by terms of the order of the slope
    profile = self_affine(0.02 * UM, 20 * UM, shortest=5 * UM, points=201, seed=2)
    settings = MeshSettings(interface_edges=200, growth=0.2)
    shaped = distribute(mesh_profile(profile, 20 * UM, settings))
    flat = distribute(mesh_profile(Profile(profile.x, np.zeros_like(profile.x)), 20 * UM, settings))

    def gap(points: np.ndarray) -> np.ndarray:
        return np.interp(points[:, 0], profile.x, profile.z)

    one = UnilateralContact(shaped, MODULUS, POISSON, gap).press(20e6)
    other = UnilateralContact(flat, MODULUS, POISSON, gap).press(20e6)
    assert 0.05 < other.contact_fraction < 0.9
    assert one.contact_fraction == pytest.approx(other.contact_fraction, abs=0.02)
    assert one.p_max == pytest.approx(other.p_max, rel=0.03)
    assert one.approach == pytest.approx(other.approach, rel=0.03)


def test_a_body_with_overhangs_balances_its_load() -> None:
    # a foot with undercut sides stands on the block with its whole sole
    x = np.array([0, 3, 4, 2.5, 7.5, 6, 7, 10]) * UM
    z = np.array([2, 2, 1, 0, 0, 1, 2, 2]) * UM
    domain = distribute(mesh_profile(Profile(x, z), 10 * UM, MeshSettings(interface_edges=120)))
    foot = UnilateralContact(domain, MODULUS, POISSON)
    found, tenfold = foot.press(10e6), foot.press(100e6)
    assert found.mean_pressure == pytest.approx(10e6, rel=1e-9)
    # its thin edges lift at any load: contact that recedes does so at once, then is linear
    touching = found.pressure > 0
    assert 2.5 * UM < found.x[touching].min() < 4 * UM
    np.testing.assert_allclose(tenfold.pressure, 10 * found.pressure, atol=1e-6 * found.p_max)
    # mirror image of itself, to the accuracy of a mesh that is not
    moment = np.sum(found.pressure * found.weights * (found.x - 5 * UM))
    assert abs(moment) < 1e-3 * 10e6 * (10 * UM) * (5 * UM)


@pytest.mark.parametrize(
    ("modulus", "poisson", "degree", "field"),
    [
        (0.0, 0.3, 2, "youngs_modulus"),
        (-1.0, 0.3, 2, "youngs_modulus"),
        (1e9, 0.5, 2, "poisson_ratio"),
        (1e9, -1.0, 2, "poisson_ratio"),
        (1e9, 0.3, 3, "degree"),
    ],
)
def test_refuses_impossible_bodies(
    domain: InterfaceMesh, modulus: float, poisson: float, degree: int, field: str
) -> None:
    with pytest.raises(InputError, match=field):
        UnilateralContact(domain, modulus, poisson, degree=degree)


@pytest.mark.parametrize("pressure", [0.0, -1.0, float("nan"), float("inf")])
def test_refuses_impossible_loads(contact: UnilateralContact, pressure: float) -> None:
    with pytest.raises(InputError, match="mean pressure"):
        contact.press(pressure)


def test_refuses_a_gap_that_is_no_number(domain: InterfaceMesh) -> None:
    with pytest.raises(InputError, match="gap"):
        UnilateralContact(domain, MODULUS, POISSON, lambda points: np.full(len(points), np.nan))


@pytest.fixture(scope="module")
def on_ranks() -> dict[int, dict]:
    return {ranks: numbers_on_ranks(SCRIPT, ranks) for ranks in (1, 2, 3)}


@pytest.mark.mpi
@pytest.mark.slow
@pytest.mark.parametrize("ranks", [2, 3])
def test_numbers_do_not_depend_on_the_ranks(on_ranks: dict[int, dict], ranks: int) -> None:
    for case in ("wave", "tower", "plastic"):
        one, several = on_ranks[1][case], on_ranks[ranks][case]
        assert several["same_on_all_ranks"]
        for name in ("p_max", "contact_fraction", "approach", "fingerprint", "stress"):
            # plastic points lie on the edge of yielding or not by rounding
            tolerance = 1e-6 if case == "plastic" else 1e-8
            assert several[name] == pytest.approx(one[name], rel=tolerance), (case, name)


@pytest.mark.mpi
@pytest.mark.slow
def test_one_of_three_ranks_owned_no_surface(on_ranks: dict[int, dict]) -> None:
    # else the numbers above prove less than they say
    assert min(on_ranks[3]["tower"]["surface_nodes"]) == 0
    for ranks in (2, 3):
        owned = on_ranks[ranks]["tower"]["surface_nodes"]
        assert sum(owned) == sum(on_ranks[1]["tower"]["surface_nodes"])
