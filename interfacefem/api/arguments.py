# SPDX-License-Identifier: BSD-3-Clause
"""How arguments are read: one rule for quantities, one for interfaces, one for communicators."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import Parameter
from interfacefem.surfaces import Profile
from interfacefem.surfaces.height_map import HeightMap

Interface = Profile | HeightMap
# text with its unit, a pint quantity, or a number in SI
Amount: TypeAlias = Any


def quantity(value: object, parameter: Parameter, field: str | None = None) -> Any:
    """A value in SI of what an argument says: text with its unit, a pint quantity, SI.

    Args:
        value: What was given.
        parameter: Whose unit and bounds it has.
        field: Name of the argument, where it is not that of the parameter.

    Raises:
        InputError: It is none of these, of another dimension or out of range.
    """
    assert parameter.declaration is not None
    try:
        return parameter.declaration.read(value, Door.ARGUMENT)
    except ValueError as error:
        raise InputError(str(error), field=f"{field or parameter.argument}=") from None


def require_path(given: object, field: str, other: str) -> Path:
    """The name of a file.

    Args:
        given: What was given.
        field: Name of the argument.
        other: What else would do, in words.

    Raises:
        InputError: It is no name.
    """
    if not isinstance(given, str | Path):
        raise InputError(
            "is no name of a file", field=f"{field}=", found=type(given).__name__,
            expected=f"the name of a file, or {other}",
        )  # fmt: skip
    return Path(given)


def communicator(comm: MPI.Comm | None) -> MPI.Intracomm:
    """The communicator that was given, or this process alone.

    Raises:
        InputError: It is no communicator.
    """
    if comm is None:
        return MPI.COMM_SELF
    if not isinstance(comm, MPI.Intracomm):
        raise InputError(
            "is no communicator",
            field="comm=",
            found=type(comm).__name__,
            expected="one of mpi4py, such as MPI.COMM_WORLD",
        )
    return comm


def interface_of(interface: object, field: str = "interface") -> Interface:
    """The curve or surface in what was given: a section that was traced, a profile or a map.

    Raises:
        InputError: There is none.
    """
    found = getattr(interface, "profile", interface)
    if isinstance(found, Profile | HeightMap):
        return found
    expected = "a section of trace(...), or what read_profile or read_height_map returns"
    raise InputError(
        "is no interface", field=f"{field}=", found=type(interface).__name__, expected=expected
    )


def profile_of(interface: object, field: str = "interface") -> Profile:
    """The curve in what was given.

    Raises:
        InputError: There is none.
    """
    found = interface_of(interface, field)
    if not isinstance(found, Profile):
        raise InputError(
            "is no curve",
            field=f"{field}=",
            found="a height map",
            expected="a section or a profile",
        )
    return found


def cell_of(cell: object) -> Cell:
    """The cell that was given, or the default one.

    Raises:
        InputError: It is no cell.
    """
    if cell is None:
        return Cell()
    if not isinstance(cell, Cell):
        raise InputError(
            "is no cell",
            field="cell=",
            found=type(cell).__name__,
            expected='such as Cell(conductivity="1 mS/cm")',
        )
    return cell
