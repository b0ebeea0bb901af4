# SPDX-License-Identifier: BSD-3-Clause
"""What a case file may say: an interface, and the cell around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydantic
from pydantic import Field

from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import MapReading, Sampling
from interfacefem.parameters.yaml_input import read_yaml


class Case(Cell):
    """One case: a profile, an image with a sampling block or a height map; the cell around it."""

    profile: Path | None = Field(default=None, description="CSV with the columns x_um,z_um")
    image: Path | None = Field(default=None, description="micrograph a profile is taken from")
    sampling: Sampling | None = None
    height_map: Path | None = Field(default=None, description="grid or instrument's file, 3D")
    map: MapReading = Field(default_factory=MapReading)
    contact: Path | None = Field(
        default=None,
        description="where the metal touches: CSV with the columns x_um,contact for a profile, a "
        "grid of 0 and 1 for a height map; default: everywhere",
    )

    @pydantic.model_validator(mode="after")
    def _one_source(self) -> Case:
        sources = ("profile", "image", "height_map")
        given = [f'"{name}"' for name in sources if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"needs one source of the interface; found {' and '.join(given) or 'none'}; "
                'expected "profile: line.csv", "image: micrograph.tif" or "height_map: scan.npy"'
            )
        asked = set() if self.sampling is None else self.sampling.model_fields_set
        of_images = ", ".join(sorted(asked - {"reference_length"}))
        if self.image is None and of_images:
            raise ValueError(
                f'"sampling" belongs to "image", but for reference_length; found {of_images}'
            )
        return self


def read_case(path: str | Path) -> Case:
    """Read a case file; paths in it are relative to its folder.

    Raises:
        CaseError: The file cannot be read or says something that is not understood.
    """
    path = Path(path)
    case = read_yaml(path, Case, example="profile: line.csv")
    update: dict[str, Any] = {
        name: path.parent / value
        for name in ("profile", "image", "height_map", "contact")
        if (value := getattr(case, name)) is not None
    }
    if case.sampling is not None and case.sampling.guide is not None:
        guide = path.parent / case.sampling.guide
        update["sampling"] = case.sampling.model_copy(update={"guide": guide})
    return case.model_copy(update=update).with_files_read(path.parent)


def read_cell(path: str | Path) -> Cell:
    """Read a file with the sections of a cell; paths in it are relative to its folder.

    Raises:
        CaseError: The file cannot be read or says something that is not understood.
    """
    path = Path(path)
    return read_yaml(path, Cell).with_files_read(path.parent)
