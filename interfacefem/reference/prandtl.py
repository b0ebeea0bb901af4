# SPDX-License-Identifier: BSD-3-Clause
"""A flat punch that sinks into a perfectly plastic half-space in plane strain."""

from __future__ import annotations

import math

from interfacefem.contact.plastic_material import VonMisesMaterial


def collapse_pressure(material: VonMisesMaterial) -> float:
    """Mean pressure ``(2 + pi) k`` in Pa with ``k = Y/sqrt(3)``.

    Source: L. Prandtl, Nachr. Ges. Wiss. Goettingen (1920) 74; R. Hill, The Mathematical Theory of
    Plasticity, Oxford 1950, chapter IX.
    """
    return (2 + math.pi) * material.yield_stress / math.sqrt(3)
