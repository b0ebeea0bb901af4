# SPDX-License-Identifier: BSD-3-Clause
"""Uniaxial strain of a von Mises body: what a powder feels in a stiff die."""

from __future__ import annotations

from interfacefem.contact.plastic_material import VonMisesMaterial


def oedometer_stress(material: VonMisesMaterial, compression: float) -> tuple[float, float]:
    """Axial and lateral compressive stress in Pa of a virgin body, at rising compression.

    With axial strain ``e`` alone, the deviator keeps its direction and the radial return is exact:
    the equivalent plastic strain is ``(2 G e - Y)/(3 G + H)``, the axial stress
    ``K e + (2/3)(Y + H ep)`` once ``e`` exceeds ``Y/(2 G)``.

    Args:
        material: The body.
        compression: Compressive axial strain ``e``, at least 0.

    Source: R. Hill, The Mathematical Theory of Plasticity, Oxford 1950, chapter II.
    """
    shear, bulk = material.shear_modulus, material.bulk_modulus
    hardening = material.hardening_modulus
    excess = 2 * shear * compression - material.yield_stress
    if excess <= 0:
        von_mises = 2 * shear * compression
    else:
        von_mises = material.yield_stress + hardening * excess / (3 * shear + hardening)
    pressure = bulk * compression
    return pressure + 2 / 3 * von_mises, pressure - von_mises / 3


def oedometer_unloading_range(material: VonMisesMaterial) -> float:
    """Strain by which a perfectly plastic body may expand before it yields again: ``Y/G``."""
    return material.yield_stress / material.shear_modulus
