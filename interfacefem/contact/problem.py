# SPDX-License-Identifier: BSD-3-Clause
"""A rough line or map and the flat block that presses on it: what is given and what is found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from interfacefem.contact.box import CAPPED, OPEN, States
from interfacefem.contact.compliance import surface_compliance
from interfacefem.contact.convolution import Convolution
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.surface import RoughSurface
from interfacefem.errors import InputError
from interfacefem.units import MPA, UM

Array = npt.NDArray[np.floating]
_INCLINED = 3.0  # rise of the least-squares line or plane over the rms height about it
_LEVEL = 1e-9  # rise over width: rounding errors


@dataclass(frozen=True, eq=False)
class ContactProblem:
    """A rough surface, what it is made of, and the flat block that presses on it.

    ``0 <= p <= H``; the gap is 0 where p is between, >= 0 where p = 0, <= 0 where p = H; the mean
    of p is given. At the hardness the material yields: the block then lies deeper than the
    elastic surface, and the gap is minus the depth of the plastic imprint.

    Attributes:
        surface: Heights at the nodes, of a line or a map.
        body: The electrolyte and what it sticks to.
        block: The block; None for a rigid one.
        hardness: Largest pressure in Pa the surface bears; infinite: elastic.
        rotation: Whether the block may turn until its moment about the middle is zero. None: not
            said, which only a level surface allows.
        compliance: Of surface and block together, in m/Pa.
    """

    surface: RoughSurface
    body: ElasticBody
    block: ElasticBody | None
    hardness: float
    rotation: Literal["fixed", "free"] | None
    compliance: Convolution

    @property
    def rotates(self) -> bool:
        """Whether the block is free to turn."""
        return self.rotation == "free"

    @property
    def undeformed_gap(self) -> Array:
        """Distance in m of the undeformed surface from a plane through its highest peak."""
        return self.surface.z - self.surface.z.min()

    @property
    def motions(self) -> Array:
        """Displacement of the nodes for each motion of the block, shape ``(1 | 2 | 3, nodes)``.

        Approach, all ones; where it is free to turn, rotations that move the ends by one.
        """
        surface = self.surface
        approach = np.ones((1, surface.z.size))
        if not self.rotates:
            return approach
        levers = (
            lever / (width / 2) for lever, width in zip(surface.levers, surface.widths, strict=True)
        )
        turns = np.meshgrid(*levers, indexing="ij")
        return np.vstack([approach, *(turn.ravel() for turn in turns)])


@dataclass(frozen=True, eq=False)
class ContactSolution:
    """The surface under one mean pressure; arrays in the shape of the surface.

    Attributes:
        problem: What was solved.
        mean_pressure: In Pa.
        pressure: At each node in Pa.
        gap: Between block and surface at each node in m; negative where plastic flow takes up
            what the cap does not carry.
        approach: Of the block's middle in m, up to a constant of the half-space.
        tilt: Displacement in m of the block at the ends of each axis against its middle; zero if
            it is fixed.
        states: 0 open, 1 in elastic contact, 2 at the hardness.
        complementarity_error: Largest violation of a contact condition, relative.
        steps: Linear systems solved along a line, iterations on a map.
    """

    problem: ContactProblem
    mean_pressure: float
    pressure: Array
    gap: Array
    approach: float
    tilt: tuple[float, ...]
    states: States
    complementarity_error: float
    steps: int

    @property
    def touches(self) -> npt.NDArray[np.bool_]:
        """Whether each node is in contact."""
        return self.states != OPEN

    @property
    def capped(self) -> npt.NDArray[np.bool_]:
        """Whether each node is at the hardness."""
        return self.states == CAPPED


def contact_problem(
    surface: RoughSurface,
    body: ElasticBody,
    block: ElasticBody | None = None,
    *,
    hardness: float = math.inf,
    rotation: Literal["fixed", "free"] | None = None,
) -> ContactProblem:
    """Set up the compliance of a surface, once for all loads.

    Raises:
        InputError: A hardness out of range; an inclined surface without a rule for the block's
            rotation; rotation of a block that repeats.
    """
    if not hardness > 0:
        raise InputError(
            "is out of range",
            field="electrolyte.hardness", found=f"{hardness / MPA:g} MPa", expected="above 0",
        )  # fmt: skip
    if surface.boundary == "periodic" and rotation == "free":
        raise InputError(
            "a block that repeats cannot turn",
            field="block.rotation",
            found="free, with stress.boundary: periodic",
            expected="rotation: fixed, or another boundary",
        )
    if rotation is None and surface.boundary != "periodic":
        _require_level(surface)
    compliance = surface_compliance(surface, body, block)
    return ContactProblem(surface, body, block, hardness, rotation, compliance)


def require_bearable(problem: ContactProblem, pressure: float) -> None:
    """Refuse a mean pressure that no contact can bear.

    Raises:
        InputError: It is not above zero, or not below the hardness.
    """
    if not (pressure > 0 and math.isfinite(pressure)):
        raise InputError(
            "is out of range",
            field="load.pressure", found=f"{pressure / MPA:g} MPa", expected="above 0",
        )  # fmt: skip
    if pressure >= problem.hardness:
        raise InputError(
            "the whole surface would flow",
            field="load.pressure",
            found=f"{pressure / MPA:g} MPa",
            expected=f"less than electrolyte.hardness, {problem.hardness / MPA:g} MPa",
        )


def _require_level(surface: RoughSurface) -> None:
    rise = max(abs(one) for one in surface.rises)
    rms = float(surface.levelled().std())
    if rise > max(_INCLINED * rms, _LEVEL * max(surface.widths)):
        raise InputError(
            "the surface is inclined and nothing says whether the block may turn",
            field="block.rotation",
            found=f"a rise of {rise / UM:.3g} um over the width, rms height {rms / UM:.3g} um",
            expected="rotation: fixed or rotation: free",
        )
