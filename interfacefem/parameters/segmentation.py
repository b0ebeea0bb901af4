# SPDX-License-Identifier: BSD-3-Clause
"""How grey values become labels: by thresholds, or by a classifier that learns."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal, Self

import pydantic
from pydantic import Field

from interfacefem.parameters.declaration import Named, Number, Numbers, Whole
from interfacefem.parameters.section import Section
from interfacefem.parameters.voxels import Crop, VoxelEdges, VoxelRanges, VoxelSize

GreyScale = Literal["stored", "peaks"]


class ClassifierSettings(Section):
    """How images are prepared, what the forest sees and how it grows."""

    sigma_min: Annotated[float, Number(of="pixels", at_least=0.3, at_most=64)] = Field(
        default=1.0, description="smallest scale of the features, a Gaussian standard deviation"
    )
    sigma_max: Annotated[float, Number(of="pixels", at_least=0.3, at_most=64)] = Field(
        default=4.0, description="largest scale of the features; they double from one to the next"
    )
    denoise: Literal["median", "none"] = Field(
        default="median", description="filter against noise, 3 x 3, before anything else"
    )
    flatten: bool = Field(default=False, description="take uneven illumination out first")
    destripe: bool = Field(
        default=False, description="take curtaining (stripes along the columns) out first"
    )
    grey_scale: GreyScale = Field(
        default="stored",
        description="stored: grey values as they are, for images of one session; peaks: scaled by "
        "the peaks of each image's histogram, for images of different contrast",
    )
    variation: Annotated[float, Number(at_least=0, at_most=1)] = Field(
        default=0.0,
        description="learn also from copies this much darker and brighter, as a share of the grey "
        "scale",
    )
    trees: Annotated[int, Whole(at_least=1, at_most=1000)] = Field(
        default=40, description="number of trees"
    )
    least_leaf: Annotated[int, Whole(at_least=1, at_most=10_000)] = Field(
        default=5, description="fewest samples in a leaf"
    )
    samples: Annotated[int, Whole(at_least=100, at_most=10_000_000)] = Field(
        default=60_000,
        description="most labelled pixels to learn from, drawn evenly from the classes as they "
        "occur",
    )
    seed: Annotated[int, Whole(at_least=0)] = Field(default=0, description="of the random draws")

    @pydantic.model_validator(mode="after")
    def _rising_scales(self) -> Self:
        if self.sigma_max < self.sigma_min:
            raise ValueError(
                f"the scales of the features fall; found {{sigma_min}} {self.sigma_min:g}, "
                f"{{sigma_max}} {self.sigma_max:g}; expected a rising range"
            )
        return self

    @property
    def feature_count(self) -> int:
        """Features of a pixel: grey value, gradient and two curvatures at each scale."""
        return 4 * int(math.log2(self.sigma_max) - math.log2(self.sigma_min) + 1)


class Segmenting(ClassifierSettings):
    """How the grey values of a volume or an image become labels (docs/volume_segmentation.md)."""

    train: Path | None = Field(
        default=None,
        description="painted labels of the size of the grey values, 0 where nothing is painted",
    )
    model: Path | None = Field(
        default=None, description="classifier (NPZ): written where labels are painted, else read"
    )
    threshold: Annotated[
        Literal["otsu", "multi-otsu"] | tuple[float, ...] | None,
        Numbers(
            words={name: name for name in ("otsu", "multi-otsu")},
            what='grey values as stored such as "85,160"',
        ),
    ] = Field(default=None, description="between phases, in place of learning")  # fmt: skip
    classes: Annotated[int, Whole(at_least=2, at_most=5)] = Field(
        default=3, description="number of phases for multi-otsu"
    )
    variation: Annotated[float | None, Number(at_least=0, at_most=1)] = Field(  # type: ignore[assignment]
        default=None,
        description="learn also from copies this much darker and brighter, as a share of the grey "
        "scale; default: 0, with peaks 0.08",
    )
    edge_below: Annotated[
        tuple[int, ...] | None, Numbers(whole=True, what="labels such as 1 or 1,3")
    ] = Field(
        default=None,
        description="labels above a layer: the layer's upper edge is found and written as CSV",
    )
    align: bool = Field(default=False, description="take the drift between slices out first")
    crop: Annotated[Crop | None, VoxelRanges()] = Field(
        default=None, description="part of the grey values, and of the painted labels, in voxels"
    )
    voxel: Annotated[VoxelSize | None, VoxelEdges()] = Field(
        default=None,
        description="edge of a voxel to be written into the labels; default: what the volume "
        "declares",
    )
    dataset: str | None = Field(
        default=None, description="name within an HDF5 or NPZ file that holds several"
    )
    train_dataset: str | None = Field(default=None, description="the same for the painted labels")
    axis_order: Annotated[Literal["ZYX"] | None, Named(option="--axes")] = Field(
        default=None,
        description="ZYX takes a TIFF file's three axes as they are stored, whatever it calls them",
    )
