# SPDX-License-Identifier: BSD-3-Clause
"""What the numbers of micrographs were made with: parameters as solved, files with their hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from interfacefem.assessment.image import ImageProfiles
from interfacefem.files import hash_of_file
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.written import as_written
from interfacefem.version import __version__

COMMAND = "risk"


def made_with(taken: ImageProfiles, cell: Cell) -> dict[str, Any]:
    """Command, version, parameters and inputs of the object of one image.

    Args:
        taken: The image.
        cell: As its sections were solved with it.
    """
    sampling = taken.sampling.model_copy(update={"pixel_size": taken.micrograph.pixel_size})
    inputs = [_input(taken.micrograph.source)]
    if taken.guidance is not None and taken.guidance.file is not None:
        inputs.append(_input(taken.guidance.file))
    if cell.kinetics.file is not None:
        inputs.append(_input(cell.kinetics.file))
    return {
        "command": COMMAND,
        "version": __version__,
        "parameters": {"sampling": as_written(sampling), **as_written(cell)},
        "inputs": inputs,
    }


def all_made_with(images: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same of the object of several images, which share their parameters.

    Args:
        images: Objects of single images.
    """
    inputs = {entry["file"]: entry for one in images for entry in one["inputs"]}
    return {
        "command": COMMAND,
        "version": __version__,
        "parameters": images[0]["parameters"],
        "inputs": list(inputs.values()),
        "synthetic": any(one["synthetic"] for one in images),
    }


def _input(source: Path | str) -> dict[str, Any]:
    """A file with its hash; what was made in memory has a name and none."""
    path = Path(source)
    return {"file": str(source), "sha256": hash_of_file(path) if path.is_file() else None}
