# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions that end a command, each with the exit code scripts may rely on."""

from __future__ import annotations

import contextlib
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping

# what libraries raise as they decode a damaged file; put no work of our own under it
DAMAGED = (
    OSError, ValueError, EOFError, LookupError, TypeError, AttributeError, AssertionError,
    OverflowError, RuntimeError, SyntaxError, NotImplementedError, struct.error, zlib.error,
    tokenize.TokenError, zipfile.BadZipFile,
)  # fmt: skip

_NAME = re.compile(r"\{([a-z_]+)\}")


class InterfaceFemError(Exception):
    """Anything this package raises on purpose; its text is one clear line for the user."""

    exit_code = 1
    file: str | None = None

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.file is None else f"{self.file}: {text}"


SOLVER_MODULES = frozenset({"basix", "dolfinx", "ffcx", "gmsh", "mpi4py", "petsc4py", "ufl"})


class MissingSolverError(InterfaceFemError, ImportError):
    """Asked for what needs the finite-element solver, which is an extra of the installation."""

    exit_code = 2

    def __init__(self, what: str, missing: Exception) -> None:
        InterfaceFemError.__init__(self, what)
        self._why = " ".join(str(missing).split())

    def __str__(self) -> str:
        return (
            f"{self.args[0]} needs the finite-element solver, which this installation lacks "
            f"({self._why}); get it with ./ifem of the source folder, with conda "
            "(environment.yml), or with pip install 'interfacefem[solver]' (Linux on x86-64, "
            "Python 3.12 or newer)"
        )


def of_the_solver(error: ImportError) -> bool:
    """Whether an import failed for want of the solver or of a library under it."""
    name = (error.name or "").partition(".")[0]
    return name in SOLVER_MODULES or ("libGL" in str(error) or "libX" in str(error))


class InputError(InterfaceFemError):
    """Bad input: names the file, the field, what was found and what is expected.

    Whoever finds it names fields by their keys, in ``expected`` in braces: "try another
    {threshold}". Whoever took them from the user says what the user calls them, see
    ``naming_fields``.
    """

    exit_code = 2
    names: Mapping[str, str] | None = None

    def __init__(
        self,
        message: str,
        *,
        file: object | None = None,
        field: str | None = None,
        found: object | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message)
        self.file = None if file is None else str(file)
        self.field = field
        self._found = None if found is None else str(found)
        self._expected = expected

    def __str__(self) -> str:
        names = self.names or {}
        field = None if self.field is None else names.get(self.field, self.field)
        places = (part for part in (self.file, field) if part is not None)
        text = ": ".join((*places, str(self.args[0])))
        if self._found is not None:
            text += f"; found {self._found}"
        if self._expected is not None:
            expected = _NAME.sub(lambda found: names.get(found[1], found[1]), self._expected)
            text += f"; expected {expected}"
        return text.replace("\n", " ")


class ImageError(InputError):
    """An image that cannot be read, or that does not hold what was asked of it."""


class PixelSizeError(ImageError):
    """The physical size of a pixel is missing or cannot be believed."""


class VolumeError(InputError):
    """A segmented volume that cannot be read, or that does not hold what was asked of it."""


class ProfileError(InputError):
    """A profile that is not one ordered, simple curve from the left side to the right side."""


class CaseError(InputError):
    """A case file with an unknown key, a missing unit or a value out of range."""


class MeshError(InputError):
    """A domain that cannot be meshed as asked."""


class ConvergenceError(InterfaceFemError):
    """A solver did not converge; the text says what to try."""

    exit_code = 3


class MetricError(InterfaceFemError):
    """A number that cannot be formed from the solution, such as a ratio with i_min <= 0."""

    exit_code = 3


class VerificationError(InterfaceFemError):
    """A reference solution is not met to its tolerance."""

    exit_code = 3


class StudyError(InterfaceFemError):
    """Cases of a study failed; the others are done and in its table."""

    exit_code = 3


@contextlib.contextmanager
def naming_file(file: object, names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Name ``file`` in errors from below that name none, and fields as the user does.

    Args:
        file: What the work is about; None where no file is.
        names: What the user calls fields, by key; see ``naming_fields``.
    """
    try:
        with naming_fields(names or {}):
            yield
    except InterfaceFemError as error:
        if error.file is None and file is not None:
            error.file = str(file)
        raise


@contextlib.contextmanager
def naming_fields(names: Mapping[str, str]) -> Iterator[None]:
    """Name fields in errors from below as the user does; what is closest to the error decides."""
    try:
        yield
    except InputError as error:
        if error.names is None and names:
            error.names = names
        raise
