# SPDX-License-Identifier: BSD-3-Clause
"""How a segmented volume, or grey slices, are read from a file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from interfacefem.parameters.declaration import Named, Numbers
from interfacefem.parameters.section import Section
from interfacefem.parameters.voxels import Crop, VoxelEdges, VoxelRanges, VoxelSize


class VolumeReading(Section):
    """How the volume is read (docs/volumes.md)."""

    voxel: Annotated[VoxelSize | None, VoxelEdges()] = Field(
        default=None,
        description="edge of a voxel, or three for axes 0, 1, 2; default: from the file's metadata",
    )
    resample: Annotated[VoxelSize | None, VoxelEdges(label="voxels resampled to")] = Field(
        default=None, description="read it on voxels of this size instead"
    )
    crop: Annotated[Crop | None, VoxelRanges()] = Field(
        default=None, description="part to read, in voxels"
    )
    shape: Annotated[
        tuple[int, int, int] | None,
        Numbers(
            fewest=3, most=3, whole=True, at_least=1,
            what='three positive whole numbers such as "256,256,256"',
        ),
    ] = Field(
        default=None, description="of raw bytes: number of voxels along each axis"
    )  # fmt: skip
    voxel_type: str = Field(
        default="uint8", description="of raw bytes: uint8, uint16, >u2 or float32"
    )
    dataset: str | None = Field(
        default=None, description="name within an HDF5 or NPZ file that holds several"
    )
    # "axes" is what a study calls those that are solved along
    axis_order: Annotated[Literal["ZYX"] | None, Named(option="--axes")] = Field(
        default=None,
        description="ZYX takes a TIFF file's three axes as they are stored, whatever it calls them",
    )
