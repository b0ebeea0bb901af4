# SPDX-License-Identifier: BSD-3-Clause
"""How arguments are read: one rule for quantities, one for interfaces, one for communicators."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from interfacefem.errors import InputError
from interfacefem.images import Micrograph
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import entries_of, shown, whole_number
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


def quantities(given: object, parameter: Parameter, field: str | None = None) -> list[Any]:
    """Values in SI of one quantity or of several, each as ``quantity`` reads it.

    Raises:
        InputError: There are none, or one cannot be read.
    """
    entries = entries_of(given)
    if entries is not None and not entries:
        raise InputError(
            "is empty", field=f"{field or parameter.argument}=", expected="one value or more"
        )
    return [quantity(one, parameter, field) for one in ([given] if entries is None else entries)]


def labels(given: object, field: str, *, may_be_empty: bool = False) -> tuple[int, ...]:
    """Labels of a segmented volume: one whole number, or several, each once.

    Raises:
        InputError: They are none.
    """
    entries = entries_of(given)
    entries = [given] if entries is None else entries
    found: tuple[int, ...] | None = None
    with contextlib.suppress(ValueError):
        found = tuple(dict.fromkeys(whole_number(one) for one in entries))
    if found is None or isinstance(given, str) or not (found or may_be_empty):
        raise InputError(
            "is no label", field=f"{field}=", found=shown(given), expected="such as 1, or [0, 2]"
        )
    return found


def switch(given: object, field: str) -> bool:
    """True or False; a text such as "no" would count as true.

    Raises:
        InputError: It is neither.
    """
    if not isinstance(given, bool | np.bool_):
        raise InputError(
            "is no switch", field=f"{field}=", found=shown(given), expected="True or False"
        )
    return bool(given)


def require_path(given: object, field: str, other: str | None = None) -> Path:
    """The name of a file or folder.

    Args:
        given: What was given.
        field: Name of the argument.
        other: What else would do, in words.

    Raises:
        InputError: It is no name.
    """
    expected = "the name of a file" + (f", or {other}" if other else "")
    if not isinstance(given, str | os.PathLike):
        raise InputError(
            "is no name of a file", field=f"{field}=", found=type(given).__name__, expected=expected
        )
    if not os.fspath(given):
        raise InputError("is empty", field=f"{field}=", expected=expected)
    path = Path(given)
    try:
        os.lstat(path)
    except (OSError, ValueError) as error:
        # that it is not there, or may not be read, is said by whoever opens it
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            raise InputError(
                "is no name of a file", field=f"{field}=", found=shown(given), expected=expected
            ) from None
    return path


def images_of(given: object) -> list[Micrograph | Path]:
    """One image or several: what ``read_micrograph`` returned, or names of files.

    Raises:
        InputError: There are none, or one is neither.
    """
    if isinstance(given, Iterator):
        given = list(given)
    entries = entries_of(given)
    entries = [given] if entries is None or isinstance(given, np.ndarray) else entries
    if not entries:
        raise InputError("is empty", field="images=", expected="one image or more")
    return [
        one
        if isinstance(one, Micrograph)
        else require_path(one, "images", "what read_micrograph returns")
        for one in entries
    ]


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
