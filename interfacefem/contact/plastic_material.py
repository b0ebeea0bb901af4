# SPDX-License-Identifier: BSD-3-Clause
"""Von Mises (J2) plasticity in plane strain: associated flow, linear isotropic hardening.

Strain and stress are stored as (xx, zz, yy, sqrt(2) xz), y being normal to the plane: in this basis
the fourth-order tensors are symmetric matrices and the norm of a vector is that of its tensor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError

Array = npt.NDArray[np.floating]

COMPONENTS = 4
IN_PLANE = [0, 1, 3]
_IDENTITY = np.array([1.0, 1.0, 1.0, 0.0])
_DEVIATOR = np.eye(COMPONENTS) - np.outer(_IDENTITY, _IDENTITY) / 3


@dataclass(frozen=True)
class VonMisesMaterial:
    """An isotropic body that yields where the von Mises stress reaches its yield stress.

    Attributes:
        youngs_modulus: In Pa.
        poisson_ratio: Between -1 and 0.5, both excluded.
        yield_stress: In Pa; inf for an elastic body.
        hardening_modulus: Increase of the yield stress per equivalent plastic strain, in Pa.
    """

    youngs_modulus: float
    poisson_ratio: float
    yield_stress: float = math.inf
    hardening_modulus: float = 0.0

    def __post_init__(self) -> None:
        modulus_is_right = 0 < self.youngs_modulus < math.inf
        for field, found, expected, right in (
            ("youngs_modulus", self.youngs_modulus, "more than 0, finite", modulus_is_right),
            (
                "poisson_ratio",
                self.poisson_ratio,
                "more than -1, less than 0.5",
                -1 < self.poisson_ratio < 0.5,
            ),
            ("yield_stress", self.yield_stress, "more than 0", self.yield_stress > 0),
            (
                "hardening_modulus",
                self.hardening_modulus,
                "at least 0, finite",
                0 <= self.hardening_modulus < math.inf,
            ),
        ):
            if not right:
                raise InputError("out of range", field=field, found=found, expected=expected)

    @property
    def shear_modulus(self) -> float:
        """In Pa."""
        return self.youngs_modulus / (2 * (1 + self.poisson_ratio))

    @property
    def bulk_modulus(self) -> float:
        """In Pa."""
        return self.youngs_modulus / (3 * (1 - 2 * self.poisson_ratio))

    @property
    def plane_strain_modulus(self) -> float:
        """``E/(1 - v^2)`` in Pa."""
        return self.youngs_modulus / (1 - self.poisson_ratio**2)

    @property
    def indentation_hardness(self) -> float:
        """Mean pressure ``(2 + pi) Y/sqrt(3) = 2.97 Y`` in Pa at which a flat punch sinks in.

        Prandtl's slip-line solution with the shear strength ``k = Y/sqrt(3)`` of von Mises.
        """
        return (2 + math.pi) * self.yield_stress / math.sqrt(3)


@dataclass(frozen=True, eq=False)
class PlasticState:
    """What a body remembers of its past.

    Attributes:
        plastic_strain: Shape ``(points, 4)``.
        equivalent_plastic_strain: Shape ``(points,)``.
    """

    plastic_strain: Array
    equivalent_plastic_strain: Array

    @classmethod
    def virgin(cls, points: int) -> PlasticState:
        """A body that has never yielded."""
        return cls(np.zeros((points, COMPONENTS)), np.zeros(points))


@dataclass(frozen=True, eq=False)
class StressUpdate:
    """Stress at the end of a step.

    Attributes:
        stress: In Pa, shape ``(points, 4)``.
        tangent: Derivative of the stress by the strain at the end of the step (consistent with the
            backward Euler rule) in Pa, shape ``(points, 4, 4)``.
        state: What the body will remember of the step.
    """

    stress: Array
    tangent: Array
    state: PlasticState


def update_stress(material: VonMisesMaterial, strain: Array, state: PlasticState) -> StressUpdate:
    """Stress by backward Euler, that is the radial return.

    Args:
        material: Moduli and yield stress.
        strain: Total strain at the end of the step, shape ``(points, 4)``.
        state: At the begin of the step.

    Source: J. C. Simo and T. J. R. Hughes, Computational Inelasticity, Springer 1998, box 3.2.
    """
    shear, bulk = material.shear_modulus, material.bulk_modulus
    hardening = material.hardening_modulus
    volumetric = strain @ _IDENTITY
    trial = 2 * shear * (strain - state.plastic_strain) @ _DEVIATOR
    norm = np.linalg.norm(trial, axis=1)
    von_mises = math.sqrt(1.5) * norm
    limit = material.yield_stress + hardening * state.equivalent_plastic_strain
    yields = von_mises > limit
    safe = np.where(yields, von_mises, 1.0)
    step = np.zeros(len(strain))
    step[yields] = (von_mises[yields] - limit[yields]) / (3 * shear + hardening)
    remaining = 1 - 3 * shear * step / safe
    direction = trial / np.where(norm > 0, norm, 1.0)[:, None]

    stress = bulk * volumetric[:, None] * _IDENTITY + remaining[:, None] * trial
    along = np.where(yields, 6 * shear**2 * (step / safe - 1 / (3 * shear + hardening)), 0.0)
    tangent = (
        bulk * np.outer(_IDENTITY, _IDENTITY)
        + 2 * shear * remaining[:, None, None] * _DEVIATOR
        + along[:, None, None] * direction[:, :, None] * direction[:, None, :]
    )
    return StressUpdate(
        stress,
        tangent,
        PlasticState(
            state.plastic_strain + math.sqrt(1.5) * step[:, None] * direction,
            state.equivalent_plastic_strain + step,
        ),
    )


def von_mises_stress(stress: Array) -> Array:
    """Von Mises stress of stresses of shape ``(points, 4)``."""
    return math.sqrt(1.5) * np.linalg.norm(stress @ _DEVIATOR, axis=1)
