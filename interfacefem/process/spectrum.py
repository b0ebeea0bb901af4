# SPDX-License-Identifier: BSD-3-Clause
"""Impedance spectra from files, in order and with the right sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError
from interfacefem.files import read_text_file
from interfacefem.tables import number_column, read_table

Array = npt.NDArray[np.floating]
Complex = npt.NDArray[np.complexfloating]

FEWEST_POINTS = 10
_SEEN = 0.02  # imaginary part over |Z| above noise, 1.1 degrees (assumed)
_BIOLOGIC = ("freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm")
_LOOP = "cycle number"


@dataclass(frozen=True, eq=False)
class Spectrum:
    """An impedance spectrum.

    Attributes:
        frequency: In Hz, falling, shape (n,).
        impedance: In ohm, complex, capacitive arcs below the real axis, shape (n,).
        source: File, or None.
        notes: What was put right.
    """

    frequency: Array
    impedance: Complex
    source: Path | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        frequency = np.asarray(self.frequency, dtype=np.float64)
        different = len(np.unique(frequency))
        if different < FEWEST_POINTS:
            raise InputError(
                "has too few points", file=self.source, found=different,
                expected=f"at least {FEWEST_POINTS} different frequencies",
            )  # fmt: skip
        impedance = np.asarray(self.impedance)
        wrong = ~np.isfinite(frequency) | (frequency <= 0) | ~np.isfinite(impedance)
        wrong |= impedance == 0
        if wrong.any():
            place = int(np.argmax(wrong))
            raise InputError(
                "holds frequencies or impedances that cannot be", file=self.source,
                found=f"{impedance[place]:g} ohm at {frequency[place]:g} Hz",
                expected="finite frequencies above 0, finite impedances other than 0",
            )  # fmt: skip
        if np.mean(impedance.real < 0) > 0.5:
            raise InputError(
                "the real part has its sign turned", file=self.source, field="z_real_ohm",
                found="negative at most frequencies", expected="positive: a cell resists",
            )  # fmt: skip
        steps = np.diff(frequency)
        notes = list(self.notes)
        if not (steps < 0).all():
            if not (steps > 0).all():
                repeated = len(frequency) - len(np.unique(frequency))
                kind = f"{repeated} frequencies repeat" if repeated else "frequencies are unsorted"
                notes.append(f"{kind}: sorted")
            order = np.argsort(-frequency, kind="stable")
            object.__setattr__(self, "frequency", frequency[order])
            object.__setattr__(self, "impedance", np.asarray(self.impedance)[order])
        object.__setattr__(self, "notes", tuple(notes))
        low = self.impedance[len(frequency) // 2 :]
        # on the plateau of a resistance noise alone decides the sign
        seen = low.imag[np.abs(low.imag) > _SEEN * np.abs(low)]
        if len(seen) and np.mean(seen > 0) > 0.5:
            raise InputError(
                "the imaginary part has its sign turned", file=self.source, field="z_imag_ohm",
                found="positive in most of the lower half of the frequencies",
                expected="negative where a cell is capacitive (columns -Im(Z) are turned by "
                "their name)",
            )  # fmt: skip

    @property
    def angular(self) -> Array:
        """Angular frequencies in 1/s."""
        angular: Array = 2 * np.pi * self.frequency
        return angular


def read_spectrum(path: str | Path, loop: int | None = None) -> Spectrum:
    """Read a CSV file or a text file of BioLogic's (.mpt).

    Args:
        path: CSV with ``frequency_Hz``, ``z_real_ohm``, ``z_imag_ohm``; or .mpt with ``freq/Hz``,
            ``Re(Z)/Ohm``, ``-Im(Z)/Ohm`` (its sign is turned).
        loop: Which loop of an .mpt file that holds several.

    Raises:
        InputError: A column is missing, there are too few points, the sign of the imaginary part is
            turned, or a loop must be chosen.
    """
    path = Path(path)
    if path.suffix.lower() == ".mpt":
        return _read_biologic(path, loop)
    if loop is not None:
        raise _without_loops(path, loop)
    rows = read_table(path)
    real = number_column(path, rows, "z_real_ohm")
    imaginary = number_column(path, rows, "z_imag_ohm")
    frequency = number_column(path, rows, "frequency_Hz", least=0)
    return Spectrum(frequency, real + 1j * imaginary, path)


def _without_loops(path: Path, loop: int) -> InputError:
    return InputError(
        "holds no loops", file=path, field="loop", found=loop,
        expected=f"an .mpt file with a column {_LOOP}, or no loop",
    )  # fmt: skip


def _read_biologic(path: Path, loop: int | None) -> Spectrum:
    lines = _biologic_text(path).splitlines()
    head = next((i for i, line in enumerate(lines) if _BIOLOGIC[0] in line.split("\t")), None)
    if head is None:
        raise InputError(
            "holds no impedance", file=path, found="no column freq/Hz",
            expected="columns " + ", ".join(_BIOLOGIC),
        )  # fmt: skip
    names = lines[head].split("\t")
    missing = [name for name in _BIOLOGIC if name not in names]
    if missing:
        raise InputError("the column is missing", file=path, field=missing[0])
    values = _biologic_numbers(path, lines[head + 1 :], head + 2, names)
    values = values[values[:, names.index(_BIOLOGIC[0])] > 0]  # rows of a pause have no frequency
    notes: tuple[str, ...] = ()
    if loop is not None and _LOOP not in names:
        raise _without_loops(path, loop)
    if _LOOP in names:
        numbers = values[:, names.index(_LOOP)]
        if not np.isfinite(numbers).all():
            raise InputError("is no number", file=path, field=_LOOP, expected="a whole number")
        loops = numbers.astype(int)
        known = [int(one) for one in np.unique(loops)]
        if loop is None and len(known) > 1:
            raise InputError(
                "holds several loops", file=path, found=f"{known[0]} to {known[-1]}",
                expected="one of them (see --loop)",
            )  # fmt: skip
        if loop is not None and loop not in known:
            raise InputError(
                "no such loop", file=path, field="loop", found=loop,
                expected=", ".join(str(one) for one in known),
            )  # fmt: skip
        if loop is not None:
            values = values[loops == loop]
            notes = (f"loop {loop} of {len(known)}",)
    frequency, real, turned = (values[:, names.index(name)] for name in _BIOLOGIC)
    return Spectrum(frequency, real - 1j * turned, path, notes)


def _biologic_text(path: Path) -> str:
    """EC-Lab writes Latin-1; a file that went through an editor may be UTF-8."""
    try:
        return read_text_file(path, InputError, "a text file of EC-Lab (.mpt)")
    except InputError:
        if not path.is_file():
            raise
        return path.read_text(encoding="latin-1")


def _biologic_numbers(path: Path, lines: Sequence[str], first: int, names: list[str]) -> Array:
    rows = []
    for number, line in enumerate(lines, start=first):
        if not line.strip():
            continue
        parts = line.split("\t")
        try:
            rows.append([float(part) for part in parts[: len(names)]])
        except ValueError:
            hint = " with a decimal point" if "," in line else ""
            raise InputError(
                "is no row of numbers", file=path, field=f"line {number}",
                found=f'"{line.strip()[:40]}"', expected=f"numbers{hint}",
            ) from None  # fmt: skip
        if len(rows[-1]) != len(names):
            raise InputError(
                "the row does not fit the header", file=path, field=f"line {number}",
                found=f"{len(rows[-1])} values", expected=str(len(names)),
            )  # fmt: skip
    return np.array(rows, dtype=np.float64).reshape(-1, len(names))
