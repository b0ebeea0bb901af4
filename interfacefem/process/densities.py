# SPDX-License-Identifier: BSD-3-Clause
"""Porosity of pressed bodies from mass, size and thickness."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from interfacefem.errors import InputError

_SUM = 0.01  # by which shares of mass may miss 1
_SLACK = 0.02  # by which a body may be denser than its solid: weighing and measuring
_LOOSE = 0.95  # porosity of no pressed body


@dataclass(frozen=True)
class Component:
    """A solid in a mixture.

    Attributes:
        name: Of the solid.
        share: Of the mass.
        density: In kg/m^3.
    """

    name: str
    share: float
    density: float


def solid_density(components: Sequence[Component]) -> float:
    """Density of a mixture without pores in kg/m^3: ``1/sum(w_i/rho_i)``.

    Raises:
        InputError: Shares do not add up to 1.
    """
    total = math.fsum(part.share for part in components)
    if abs(total - 1) > _SUM:
        raise InputError(
            "shares of mass do not add up to 1", field="components", found=f"{total:g}",
            expected="such as NCM:0.70:4.75; LPSCl:0.30:1.87 (name:share:density in g/cm3)",
        )  # fmt: skip
    return total / math.fsum(part.share / part.density for part in components)


def parse_components(text: str) -> tuple[Component, ...]:
    """Components out of ``"NCM:0.70:4.75; LPSCl:0.30:1.87"``, densities in g/cm3.

    Raises:
        InputError: It cannot be read, or shares do not add up to 1.
    """
    parts = []
    for entry in text.split(";"):
        pieces = [piece.strip() for piece in entry.split(":")]
        try:
            name, share, density = pieces[0], float(pieces[1]), float(pieces[2])
            if len(pieces) != 3 or not name or not 0 < share <= 1 or not 0 < density < 30:
                raise ValueError
        except (ValueError, IndexError):
            raise InputError(
                "cannot be read", field="components", found=f'"{entry.strip()}"',
                expected="name:share:density in g/cm3, such as NCM:0.70:4.75; LPSCl:0.30:1.87",
            ) from None  # fmt: skip
        parts.append(Component(name, share, density * 1e3))
    solid_density(parts)
    return tuple(parts)


def geometric_porosity(mass: float, diameter: float, thickness: float, density: float) -> float:
    """``1 - 4 m/(pi d^2 h rho_0)`` (Frankenberg 2025, eq. 10).

    Args:
        mass: In kg.
        diameter: In m.
        thickness: In m.
        density: Of the solid in kg/m^3.

    Raises:
        InputError: The body would be denser than its solid, or next to nothing.
    """
    body = 4 * mass / (math.pi * diameter**2 * thickness)
    porosity = 1 - body / density
    if porosity < -_SLACK:
        raise InputError(
            "the body is denser than its solid", field="mass_mg",
            found=f"{body / 1e3:.4g} g/cm3, {body / density:.3g} times {density / 1e3:.4g} g/cm3",
            expected="mass in mg, diameter in mm, thickness in um",
        )  # fmt: skip
    if porosity > _LOOSE:
        raise InputError(
            "the body is next to nothing", field="mass_mg",
            found=f"{body / 1e3:.3g} g/cm3, a factor of {density / body:.3g} below the solid",
            expected="mass in mg (not g), diameter in mm, thickness in um",
        )  # fmt: skip
    return max(porosity, 0.0)


def thickness_porosity(green_porosity: float, green_thickness: float, thickness: float) -> float:
    """``1 - (1 - eps_0) h_0/h``: the area and the solid are kept.

    Args:
        green_porosity: Before pressing.
        green_thickness: Before pressing, in any unit.
        thickness: After it, in the same.

    Raises:
        InputError: It has become thicker, or holds more solid than there is room.
    """
    if thickness > green_thickness:
        raise InputError(
            "is thicker than before pressing", field="thickness_um",
            found=f"{thickness:g} after {green_thickness:g}",
        )  # fmt: skip
    if not 0 < green_porosity < 1:
        raise InputError(
            "is no porosity", field="porosity_green", found=f"{green_porosity:g}",
            expected="above 0 and below 1",
        )  # fmt: skip
    solid = (1 - green_porosity) * green_thickness / thickness
    if solid > 1:
        raise InputError(
            "more solid than room", field="thickness_um", found=f"a solid share of {solid:.4g}",
            expected="a loss of thickness of at most "
            f"{100 * green_porosity:.3g} %, the green porosity",
        )  # fmt: skip
    return 1 - solid
