# SPDX-License-Identifier: BSD-3-Clause
"""The radial return: tangent, yield surface, frame, unloading."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.contact.plastic_material import (
    PlasticState,
    VonMisesMaterial,
    update_stress,
    von_mises_stress,
)
from interfacefem.errors import InputError
from interfacefem.reference.oedometer import oedometer_stress

MATERIAL = VonMisesMaterial(24e9, 0.37, 0.2e9, 1e9)
PERFECT = VonMisesMaterial(24e9, 0.37, 0.2e9)


def random_strains(points: int, size: float) -> np.ndarray:
    strain = size * np.random.default_rng(5).standard_normal((points, 4))
    strain[:, 2] = 0.0
    return strain


def test_the_tangent_is_the_derivative_of_the_stress() -> None:
    strain = random_strains(40, 0.03)
    start = update_stress(MATERIAL, random_strains(40, 0.02), PlasticState.virgin(40)).state
    updated = update_stress(MATERIAL, strain, start)
    flow = updated.state.equivalent_plastic_strain - start.equivalent_plastic_strain
    assert np.count_nonzero(flow) > 10
    for component in range(4):
        shift = np.zeros(4)
        shift[component] = 1e-7
        ahead = update_stress(MATERIAL, strain + shift, start).stress
        behind = update_stress(MATERIAL, strain - shift, start).stress
        numeric = (ahead - behind) / 2e-7
        np.testing.assert_allclose(numeric, updated.tangent[:, :, component], atol=24e9 * 1e-6)
    transposed = updated.tangent.transpose(0, 2, 1)
    np.testing.assert_allclose(updated.tangent, transposed, rtol=1e-12, atol=1.0)


def test_no_stress_lies_outside_of_the_yield_surface() -> None:
    strain = random_strains(200, 0.05)
    updated = update_stress(PERFECT, strain, PlasticState.virgin(200))
    found = von_mises_stress(updated.stress)
    yielded = updated.state.equivalent_plastic_strain > 0
    assert 50 < yielded.sum() < 200 or yielded.all()
    np.testing.assert_allclose(found[yielded], 0.2e9, rtol=1e-12)
    assert np.all(found <= 0.2e9 * (1 + 1e-12))


def test_plastic_strain_keeps_the_volume_and_dissipates() -> None:
    updated = update_stress(MATERIAL, random_strains(100, 0.05), PlasticState.virgin(100))
    plastic = updated.state.plastic_strain
    assert np.abs(plastic[:, :3].sum(axis=1)).max() < 1e-15
    assert np.all(np.einsum("pi,pi->p", updated.stress, plastic) >= 0)
    # the equivalent strain is that of the tensor
    np.testing.assert_allclose(
        math.sqrt(2 / 3) * np.linalg.norm(plastic, axis=1),
        updated.state.equivalent_plastic_strain,
        rtol=1e-12,
    )


def test_turning_the_strain_turns_the_stress() -> None:
    angle = 0.7
    c, s, r = math.cos(angle), math.sin(angle), math.sqrt(2)
    turn = np.array(
        [
            [c * c, s * s, 0, r * c * s],
            [s * s, c * c, 0, -r * c * s],
            [0, 0, 1, 0],
            [-r * c * s, r * c * s, 0, c * c - s * s],
        ]
    )
    strain = random_strains(30, 0.05)
    virgin = PlasticState.virgin(30)
    turned = update_stress(MATERIAL, strain @ turn.T, virgin).stress
    straight = update_stress(MATERIAL, strain, virgin).stress @ turn.T
    np.testing.assert_allclose(turned, straight, atol=1e-3)


def test_oedometer_in_many_steps_and_elastic_unloading() -> None:
    state = PlasticState.virgin(1)
    strain = np.zeros((1, 4))
    for compression in np.linspace(0, 0.05, 40)[1:]:
        strain[0, 1] = -compression
        updated = update_stress(MATERIAL, strain, state)
        state = updated.state
        axial, lateral = oedometer_stress(MATERIAL, compression)
        assert -updated.stress[0, 1] == pytest.approx(axial, rel=1e-10)
        assert -updated.stress[0, 0] == pytest.approx(lateral, rel=1e-10)
    strain[0, 1] += 1e-3
    back = update_stress(MATERIAL, strain, state)
    stiffness = MATERIAL.bulk_modulus + 4 / 3 * MATERIAL.shear_modulus
    assert back.stress[0, 1] - updated.stress[0, 1] == pytest.approx(1e-3 * stiffness, rel=1e-10)
    np.testing.assert_array_equal(
        back.state.equivalent_plastic_strain, state.equivalent_plastic_strain
    )


def test_hardness_is_that_of_prandtl() -> None:
    assert PERFECT.indentation_hardness / PERFECT.yield_stress == pytest.approx(2.9685, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((0.0, 0.3), "youngs_modulus"),
        ((math.inf, 0.3), "youngs_modulus"),
        ((math.nan, 0.3), "youngs_modulus"),
        ((1e9, 0.5), "poisson_ratio"),
        ((1e9, -1.0), "poisson_ratio"),
        ((1e9, 0.3, 0.0), "yield_stress"),
        ((1e9, 0.3, math.nan), "yield_stress"),
        ((1e9, 0.3, 1e8, -1.0), "hardening_modulus"),
    ],
)
def test_refuses_what_is_no_material(arguments: tuple[float, ...], field: str) -> None:
    with pytest.raises(InputError, match=field) as caught:
        VonMisesMaterial(*arguments)
    assert "\n" not in str(caught.value)
