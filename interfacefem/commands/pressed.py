# SPDX-License-Identifier: BSD-3-Clause
"""What ``interface`` and ``impedance`` are asked of: a case, a height map or a micrograph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cyclopts

from interfacefem.commands.arguments import Count, FileName
from interfacefem.errors import CaseError, InputError
from interfacefem.files import require_writable_folder

if TYPE_CHECKING:
    from interfacefem.mpi import MPI
    from interfacefem.parameters.cell import Cell
    from interfacefem.surfaces import HeightMap, Profile

_IMAGES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
_CASES = (".yaml", ".yml")


@cyclopts.Parameter(name="*", allow_leading_hyphen=True)
@dataclass(frozen=True)
class PressedOptions:
    """How a file that is no case is read (docs/interface.md)."""

    parameters: FileName | None = None
    """YAML file with the cell around a map, profile or image; default: LPSCl on lithium."""
    pixel_size: str | None = None
    """Of an image, or the distance of the samples of a map, such as "0.5 um"."""
    solid: str | None = None
    """Side of the electrolyte in a map: below (the default), as instruments see it, or above."""
    line: Count | None = None
    """Which line of an image; default: the first."""


# fields of errors from below, as the command line calls them
FIELDS = {
    "pixel_size=": "--pixel-size",
    "pixel_size": "--pixel-size",
    "solid=": "--solid",
    "pressure=": "--pressure",
}


def read_pressed(
    file: Path, options: PressedOptions, out: Path | None, comm: MPI.Comm
) -> tuple[Profile | HeightMap, Cell]:
    """The surface and the cell around it.

    Args:
        file: Case file (YAML), micrograph, profile (CSV ``x_um,z_um``) or height map.
        options: How a file that is no case is read, and the cell around it.
        out: Folder that is to be written to.
        comm: Ranks that get them.

    Raises:
        InputError: The file cannot be read.

    Collective.
    """
    from interfacefem.api.reading import read_height_map
    from interfacefem.commands.case import read_case_on_all_ranks, read_map, read_profile
    from interfacefem.contact.cell_bodies import with_free_block
    from interfacefem.parallel import from_first_rank
    from interfacefem.parameters.case_file import read_cell
    from interfacefem.parameters.cell import Cell
    from interfacefem.surfaces import read_profile_csv

    if file.suffix.lower() in _CASES:
        _refuse(options, "is said by the case file", "parameters", "pixel_size", "solid", "line")
        case = read_case_on_all_ranks(file, out, comm)
        if case.contact is not None:
            raise CaseError(
                "is what this command finds", file=file, field="contact", expected="no such key"
            )
        if case.height_map is not None:
            return read_map(case, comm)[0], case
        return read_profile(case, file, comm)[0], case

    def read() -> Cell:
        if out is not None:
            require_writable_folder(out)
        return Cell() if options.parameters is None else read_cell(options.parameters)

    cell = from_first_rank(comm, read)
    if file.suffix.lower() in _IMAGES:
        _refuse(options, "belongs to a height map", "solid")
        return _section(file, options, comm), with_free_block(cell)
    _refuse(options, "belongs to a micrograph", "line")
    if file.suffix.lower() == ".csv" and options.pixel_size is None:
        _refuse(options, "belongs to a height map", "solid")
        return from_first_rank(comm, lambda: read_profile_csv(file)), cell
    reading: dict[str, Any] = {"pixel_size": options.pixel_size, "solid": options.solid or "below"}
    surface = read_height_map(file, **reading, comm=comm)
    return surface, cell


def _section(file: Path, options: PressedOptions, comm: MPI.Comm) -> Profile:
    from interfacefem.api.trace import trace

    pixel: dict[str, Any] = {} if options.pixel_size is None else {"pixel_size": options.pixel_size}
    sections = trace(file, comm=comm, **pixel).sections
    line = 1 if options.line is None else options.line
    if not 1 <= line <= len(sections):
        raise InputError(
            "no such line", file=file, field="--line", found=line, expected=f"1 to {len(sections)}"
        )
    return sections[line - 1].profile


def _refuse(options: PressedOptions, message: str, *names: str) -> None:
    """Options that would be ignored."""
    for name in names:
        if getattr(options, name) is not None:
            field = f"--{name.replace('_', '-')}"
            raise InputError(message, field=field, expected="no such option")
