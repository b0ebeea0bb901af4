# SPDX-License-Identifier: BSD-3-Clause
"""What is asked of a segmented volume beside transport: pores, descriptors, its outer face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

from interfacefem.parameters.declaration import Declaration, Number, Numbers, Quantity, Whole, shown
from interfacefem.parameters.door import Door
from interfacefem.parameters.section import Section, default
from interfacefem.units import GRAM_PER_CM3, MICROMETRE

_LABELS = Numbers(whole=True, what="labels such as 0 or 0,170")
_AXIS = Whole(at_least=0, at_most=2)
_SIZE = Quantity(MICROMETRE, "1.2 um", at_least=0)


@dataclass(frozen=True)
class ParticleSizes(Declaration):
    """Mean, smallest and largest size of a powder."""

    @property
    def form(self) -> str:
        return 'such as "1.2 um, 0.3 um, 2.5 um"'

    def read(self, value: object, door: Door) -> Any:
        parts: Sequence[object] = ()
        if isinstance(value, str):
            parts = [part.strip() for part in value.split(",")]
        elif isinstance(value, Sequence):
            parts = value
        if len(parts) != 3:
            raise ValueError(
                f"cannot be read; found {shown(value)}; expected mean, smallest and largest size "
                + self.form
            )
        return tuple(_SIZE.read(part, door) for part in parts)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "examples": ["1.2 um, 0.3 um, 2.5 um"]}


class PoreQuestions(Section):
    """Which labels are pore, and what is asked of them (docs/volume_descriptors.md)."""

    phase: Annotated[tuple[int, ...], _LABELS] = Field(
        default=(0,), description="labels that are pore"
    )
    axis: Annotated[int, _AXIS] = Field(
        default=0, description="direction of transport; the first slice along it is the top"
    )
    interface_depth: Annotated[float | None, Quantity(MICROMETRE, "1 um", above=0)] = Field(
        default=None,
        description="what counts as near the faces; default: a tenth of the thickness",
    )
    particle_sizes: Annotated[tuple[float, float, float] | None, ParticleSizes()] = Field(
        default=None,
        description="mean, smallest and largest size of the powder, for the density that "
        "Andersen's relation expects",
    )


class DescriptorQuestions(Section):
    """Which phases are described (docs/volume_descriptors.md)."""

    phase: Annotated[tuple[int, ...] | None, _LABELS] = Field(
        default=None, description="labels to describe; default: all"
    )
    fill: Annotated[tuple[int, ...] | None, _LABELS] = Field(
        default=None,
        description="labels, such as the pores', that a variant gives the conductivity of the "
        "phase described",
    )


class OuterFace(Section):
    """Which face of a solid is taken."""

    phase: Annotated[tuple[int, ...], _LABELS] = Field(description="labels that make up the solid")
    axis: Annotated[int, _AXIS] = Field(default=0, description="axis across the face")
    end: Literal["low", "high"] = Field(
        default="low", description="end of the axis that the face looks to"
    )
    across: Annotated[int | None, _AXIS] = Field(
        default=None,
        description="axis along which cross sections are taken; default: the first of the others",
    )
    smoothing: Annotated[float, Number(of="voxels", at_least=0, at_most=10)] = Field(
        default=1.0,
        description="Gaussian standard deviation that turns the steps of the labels into a slope",
    )

    @pydantic.model_validator(mode="after")
    def _two_axes(self) -> OuterFace:
        if self.across == self.axis:
            raise ValueError(
                "cross sections lie along another axis than the face; found {across} and {axis} "
                f"{self.axis}"
            )
        return self


class CathodeQuestions(Section):
    """What is what in a segmented cathode, and where current comes in (docs/cathode.md)."""

    cam: Annotated[tuple[int, ...], _LABELS] = Field(
        default=(2,), description="labels that are active material"
    )
    electrolyte: Annotated[tuple[int, ...], _LABELS] = Field(
        default=(1,), description="labels that are electrolyte"
    )
    pore: Annotated[tuple[int, ...], _LABELS] = Field(
        default=(0,), description="labels that are pore"
    )
    axis: Annotated[int, _AXIS] = Field(default=0, description="from electrode to electrode")
    collector: Literal["low", "high"] = Field(
        default="high", description="end of the axis at the current collector"
    )
    density: Annotated[float, Quantity(GRAM_PER_CM3, "4.75 g/cm^3", above=0, at_most=30)] = default(
        "4.75 g/cm^3", "of the active material; the default is that of NCM, Frankenberg et al. 2025"
    )
    within: Annotated[float, Quantity(MICROMETRE, "3 um", above=0)] = default(
        "3 um", "distance to the active interface that counts as near, assumed"
    )
    split: bool = Field(
        default=False, description="tell particles of active material apart and count those reached"
    )


class PhaseQuestion(Section):
    """Which labels are particles."""

    phase: Annotated[tuple[int, ...], _LABELS] = Field(
        default=(1,), description="labels that are particles"
    )
