# SPDX-License-Identifier: BSD-3-Clause
"""What is pressed: an elastic half-space, a layer on a rigid base, or layers on each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from interfacefem.errors import InputError


@dataclass(frozen=True)
class ElasticBody:
    """A homogeneous, isotropic layer and what it sticks to.

    Attributes:
        youngs_modulus: In Pa.
        poisson_ratio: Above -1 and below 0.5.
        thickness: Of this layer in m; infinite for a half-space.
        below: What the layer sticks to; None: a rigid base, where the thickness is finite.

    Raises:
        InputError: A value is out of range, or something lies below a half-space.
    """

    youngs_modulus: float
    poisson_ratio: float
    thickness: float = math.inf
    below: ElasticBody | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.youngs_modulus) and self.youngs_modulus > 0):
            raise InputError(
                "is out of range",
                field="youngs_modulus",
                found=f"{self.youngs_modulus:g} Pa",
                expected="a finite modulus > 0",
            )
        if not -1 < self.poisson_ratio < 0.5:
            raise InputError(
                "is out of range",
                field="poisson_ratio",
                found=f"{self.poisson_ratio:g}",
                expected="more than -1 and less than 0.5",
            )
        if not self.thickness > 0:
            raise InputError(
                "is out of range",
                field="thickness",
                found=f"{self.thickness:g} m",
                expected="a length > 0, or inf",
            )
        if self.below is not None and math.isinf(self.thickness):
            raise InputError(
                "an infinitely thick layer lies above another one",
                field="thickness",
                found="inf",
                expected="finite thickness of all layers but the last",
            )

    @property
    def layers(self) -> tuple[ElasticBody, ...]:
        """From the loaded surface downward; the properties of each, its own ``below`` included."""
        return (self, *(() if self.below is None else self.below.layers))

    @property
    def total_thickness(self) -> float:
        """Of all layers in m."""
        return sum(layer.thickness for layer in self.layers)

    @property
    def is_half_space(self) -> bool:
        """Whether it is one material without end."""
        return math.isinf(self.thickness)

    @property
    def plane_strain_modulus(self) -> float:
        """``E/(1 - nu^2)`` of the uppermost layer in Pa."""
        return self.youngs_modulus / (1 - self.poisson_ratio**2)

    @property
    def shear_modulus(self) -> float:
        """Of the uppermost layer in Pa."""
        return self.youngs_modulus / (2 * (1 + self.poisson_ratio))

    @property
    def uniform_compliance(self) -> float:
        """Displacement over uniform pressure in m/Pa; infinite above a half-space."""
        return sum(
            layer.thickness
            * (1 + (nu := layer.poisson_ratio)) * (1 - 2 * nu)
            / (layer.youngs_modulus * (1 - nu))
            for layer in self.layers
        )  # fmt: skip
