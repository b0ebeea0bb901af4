# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions that end a command, each with the exit code scripts may rely on."""


class InterfaceFemError(Exception):
    """Anything this package raises on purpose; its text is one clear line for the user."""

    exit_code = 1


class InputError(InterfaceFemError):
    """Bad input: names the file, the field, what was found and what is expected."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: object | None = None,
        field: str | None = None,
        found: object | None = None,
        expected: str | None = None,
    ) -> None:
        where = ": ".join(str(part) for part in (file, field) if part is not None)
        text = f"{where}: {message}" if where else message
        if found is not None:
            text += f"; found {found}"
        if expected is not None:
            text += f"; expected {expected}"
        super().__init__(text.replace("\n", " "))


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
