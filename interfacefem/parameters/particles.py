# SPDX-License-Identifier: BSD-3-Clause
"""How particles are found in images and volumes, told apart and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from interfacefem.parameters.declaration import Number, Numbers, Quantity, Whole
from interfacefem.parameters.section import Section
from interfacefem.units import MICROMETRE


class ParticleCounting(Section):
    """How particles are told apart and counted (docs/particles.md)."""

    labels: bool = Field(
        default=False, description="values are numbers of particles told apart elsewhere"
    )
    split: Annotated[float, Number(above=0, below=0.5)] = Field(
        default=0.1,
        description="share by which a neck must be narrower than the smaller part to be cut "
        "(assumed); d50 is given at half and twice this",
    )
    smallest: Annotated[int, Whole(at_least=1)] = Field(
        default=10, description="particles of fewer pixels are left out"
    )
    edge_correction: bool = Field(
        default=True, description="weigh particles for those that the border cuts"
    )
    border_share: Annotated[float, Number(above=0, at_most=1)] = Field(
        default=0.3, description="largest share of the particles' area that may touch the border"
    )


class ParticleSettings(ParticleCounting):
    """How particles are found in images, told apart and counted (docs/particles.md)."""

    pixel_size: Annotated[float | None, Quantity(MICROMETRE, "55.8 nm", above=0)] = Field(
        default=None,
        description="physical size of a pixel; default: from the microscope's metadata",
    )
    crop: Annotated[
        tuple[int, int, int, int] | Literal["auto", "none"],
        Numbers(
            fewest=4, most=4, whole=True, at_least=0, words={"auto": "auto", "none": "none"},
            what="four whole numbers: first and last row, first and last column",
        ),
    ] = Field(
        default="auto",
        description="first and last row, first and last column to keep; auto: data bar off",
    )  # fmt: skip
    basis: Literal["powder", "section"] = Field(
        default="powder",
        description="powder: outlines are projections; section: cuts, unfolded to spheres",
    )
    threshold: Annotated[
        Literal["otsu", "multi-otsu", "local"] | tuple[float, ...],
        Numbers(
            at_least=0, at_most=1, what="grey values from 0 to 1, such as 0.3,0.7",
            words={name: name for name in ("otsu", "multi-otsu", "local")},
        ),
    ] = Field(default="otsu", description="between phases")  # fmt: skip
    classes: Annotated[int, Whole(at_least=2, at_most=5)] = Field(
        default=3, description="number of phases for multi-otsu"
    )
    phases: Annotated[
        tuple[int, ...] | None, Numbers(whole=True, what="whole numbers such as 1,2")
    ] = Field(
        default=None,
        description="phases that are particles by grey order, 0 the darkest, -1 the brightest, or "
        "labels of the classifier; default: the brightest, of a classifier the highest label",
    )
    classifier: Path | None = Field(
        default=None, description="file of a trained classifier, in place of a threshold"
    )
    smoothing: Annotated[float, Number(of="pixels", at_least=0, at_most=10)] = Field(
        default=1.0, description="Gaussian standard deviation in pixels before thresholding"
    )
    holes: Annotated[int | None, Whole(at_least=0)] = Field(
        default=None,
        description="holes of fewer pixels are filled: specks inside a particle would have it cut; "
        "default: as smallest",
    )
