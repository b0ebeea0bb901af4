# SPDX-License-Identifier: BSD-3-Clause
"""A table of powders: how each was milled, and what pressing made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from interfacefem.errors import InputError
from interfacefem.process.densities import (
    geometric_porosity,
    parse_components,
    solid_density,
    thickness_porosity,
)
from interfacefem.process.discrete_elements import read_discrete_elements
from interfacefem.process.milling import (
    FRANKENBERG,
    Anchor,
    Milling,
    StressDistribution,
    energy_from_power,
    milling_from_stress,
    relative_energy,
    scaled_milling,
)
from interfacefem.tables import Value, number_column, number_in, read_table
from interfacefem.units import MPA, UM

MODES = ("given", "stress", "dem", "scaled", "power")
MEDIA = ("dry", "wet")
STATES = ("in-die", "released")
_MOST_ENERGY = 1e8  # J/kg: above it a time in h was given as min
_FULLEST = 0.7  # of the bowl
_BEAD_BED = 0.6  # solid share of a bed of equal beads (assumed; Frankenberg 2025: 40 % voids)
_ZIRCONIA = 6100.0  # kg/m^3, Frankenberg 2025
_DISAGREE = 0.05  # porosity by two ways


@dataclass(frozen=True, eq=False)
class PowderRow:
    """One row of the table.

    Attributes:
        number: Of the row in the file, the header being 1.
        powder: Its name.
        values: As read, by column.
        milling: Its energy; None where the row says nothing of milling.
        distribution: Of stress energies, where a simulation gives them.
        relative_energy: To the first milling in the same bowl, beads and medium; or None.
        pressure: In Pa, or None.
        state: ``"in-die"`` or ``"released"``, or None.
        porosity_geometric: From mass and size, or None.
        porosity_from_thickness: From the loss of thickness, or None.
        porosity: Given in a column ``porosity``, or None.
        notes: What is doubtful.
    """

    number: int
    powder: str
    values: Mapping[str, Value]
    milling: Milling | None
    distribution: StressDistribution | None
    relative_energy: float | None
    pressure: float | None
    state: str | None
    porosity_geometric: float | None
    porosity_from_thickness: float | None
    porosity: float | None
    notes: tuple[str, ...]


def read_powder_table(path: str | Path) -> tuple[PowderRow, ...]:
    """Read a table of powders; the columns are in docs/process.md.

    Raises:
        InputError: A row cannot be what it says; the message names file, row and column.
    """
    path = Path(path)
    rows = read_table(path)
    if "powder" not in rows[0]:
        raise InputError(
            "the column is missing", file=path, field="powder", found=", ".join(rows[0])
        )
    found = [_Reader(path, number, row) for number, row in enumerate(rows, start=2)]
    firsts: dict[tuple[Value, ...], _Reader] = {}
    return tuple(reader.read(firsts) for reader in found)


class _Reader:
    """Reads one row; every message names it."""

    def __init__(self, path: Path, number: int, row: Mapping[str, Value]) -> None:
        self.path, self.number, self.row = path, number, row
        self.notes: list[str] = []

    def read(self, firsts: dict[tuple[Value, ...], _Reader]) -> PowderRow:
        powder = str(self.row["powder"])
        if powder == "":
            raise self.error("the value is missing", "powder")
        milling, distribution = self._milling()
        relative = self._relative(firsts)
        if milling is None and relative is not None:
            milling = Milling(None, "unknown")
        pressure = None
        if self.has("pressure_MPa"):
            pressure = self.number_of("pressure_MPa", least=0) * MPA
        geometric, by_thickness = self._geometric(), self._by_thickness()
        if (
            geometric is not None
            and by_thickness is not None
            and abs(geometric - by_thickness) > _DISAGREE
        ):
            self.note(
                f"porosity {100 * geometric:.1f} % by mass, {100 * by_thickness:.1f} % by thickness"
            )
        given = self.number_of("porosity", above=0, most=1) if self.has("porosity") else None
        if given == 1:
            raise self.error("is out of range", "porosity", "1", "above 0 and below 1")
        return PowderRow(
            self.number, powder, self.row, milling, distribution, relative, pressure,
            self.word("state", STATES) if self.has("state") else None,
            geometric, by_thickness, given, tuple(self.notes),
        )  # fmt: skip

    def has(self, name: str) -> bool:
        return self.row.get(name, "") != ""

    def number_of(self, name: str, **bounds: float) -> float:
        return number_in(self.path, self.number, self.row, name, **bounds)

    def word(self, name: str, words: Sequence[str]) -> str:
        found = str(self.row.get(name, ""))
        if found not in words:
            shown = f'"{found}"' if found else "nothing"
            raise self.error("is not known", name, shown, " or ".join(words))
        return found

    def error(
        self, message: str, name: str, found: object = None, expected: str | None = None
    ) -> InputError:
        return InputError(
            message, file=self.path, field=f"row {self.number}: {name}", found=found,
            expected=expected,
        )  # fmt: skip

    def note(self, text: str) -> None:
        self.notes.append(f"row {self.number}: {text}")

    def _milling(self) -> tuple[Milling | None, StressDistribution | None]:
        self._check_bowl()
        if not self.has("mode"):
            return None, None
        mode = self.word("mode", MODES)
        try:
            milling, distribution = getattr(self, f"_{mode}")()
        except InputError as error:
            if error.file is not None:
                raise
            raise self._placed(error) from None
        if milling.energy is not None and not math.isfinite(milling.energy):
            raise self.error("the energy is no finite number", "mode", f"{milling.energy:g} J/kg")
        if milling.energy is not None and milling.energy > _MOST_ENERGY:
            self.note(f"E_m is {milling.energy / 1e3:.3g} J/g: is a time in h given as min?")
        return milling, distribution

    def _placed(self, error: InputError) -> InputError:
        error.file = str(self.path)
        error.field = f"row {self.number}: {error.field}"
        return error

    def _given(self) -> tuple[Milling, None]:
        source = str(self.row.get("E_m_source", "")) or "given"
        return Milling(self.number_of("E_m_J_per_g", least=0) * 1e3, source), None

    def _stress(self) -> tuple[Milling, None]:
        energy = self.number_of("stress_energy_J", above=0)
        frequency = self.number_of("stress_frequency_per_s", above=0)
        return milling_from_stress(energy, frequency, self._time(), self._mass()), None

    def _dem(self) -> tuple[Milling, StressDistribution]:
        twice = self.word("counted_twice", ("yes", "no")) == "yes"
        settling = self.number_of("settling_s", least=0) if self.has("settling_s") else 0.0
        distribution = read_discrete_elements(self._file(), counted_twice=twice, settling=settling)
        milling = milling_from_stress(
            distribution.mean_energy, distribution.total_frequency, self._time(), self._mass(),
            "dem",
        )  # fmt: skip
        return milling, distribution

    def _scaled(self) -> tuple[Milling, None]:
        anchor = FRANKENBERG
        bead = self.number_of("bead_diameter_mm", above=0) * 1e-3
        filling = self.number_of("filling", above=0)
        if self.has("anchor_E_m_J_per_g"):
            anchor = Anchor(
                self.number_of("anchor_rpm", above=0),
                self.number_of("anchor_min", above=0) * 60,
                self.number_of("anchor_E_m_J_per_g", above=0) * 1e3,
                bead,
                filling,
            )
        medium = self.word("medium", MEDIA)
        rpm = self.number_of("rpm", least=0)
        return scaled_milling(rpm, self._time(), bead, filling, medium, anchor), None

    def _power(self) -> tuple[Milling, None]:
        file = self._file()
        rows = read_table(file)
        time, power = number_column(file, rows, "time_s"), number_column(file, rows, "power_W")
        if len(time) < 2 or (np.diff(time) <= 0).any():
            raise InputError("times do not rise", file=file, field="time_s")
        idle = self.number_of("idle_power_W", least=0)
        milling = energy_from_power(time, power, idle, self._mass())
        if milling.energy is not None and milling.energy < 0:
            raise self.error(
                "is larger than the power with load", "idle_power_W", f"{idle:g}",
                f"below the mean of power_W, {float(np.mean(power)):.3g}",
            )  # fmt: skip
        self.note("energy from the mill's power is an upper bound")
        return milling, None

    def _file(self) -> Path:
        if not self.has("file"):
            raise self.error("the value is missing", "file")
        return self.path.parent / str(self.row["file"])

    def _time(self) -> float:
        """Time that the mill runs in s: pauses are told by ``duty``, which has no default."""
        minutes = self.number_of("milling_time_min", least=0)
        if minutes == 0:
            raise self.error("the mill does not run", "milling_time_min", "0", "above 0")
        return minutes * 60 * self.number_of("duty", above=0, most=1)

    def _mass(self) -> float:
        return self.number_of("mass_g", above=0) * 1e-3

    def _check_bowl(self) -> None:
        if self.has("rpm") and self.number_of("rpm", least=0) > 0 and self.has("milling_time_min"):
            self._time()
        filling = self.number_of("filling", above=0) if self.has("filling") else 0.0
        if self.has("bowl_volume_mL") and self.has("bead_mass_g"):
            beads = self.number_of("bead_mass_g", above=0) * 1e-3 / _ZIRCONIA / _BEAD_BED
            filling = max(filling, beads / (self.number_of("bowl_volume_mL", above=0) * 1e-6))
        if filling > _FULLEST:
            raise self.error(
                "beads fill the bowl", "filling", f"{filling:.2f}",
                f"at most {_FULLEST:g} of its volume",
            )  # fmt: skip

    def _relative(self, firsts: dict[tuple[Value, ...], _Reader]) -> float | None:
        needed = ("rpm", "milling_time_min", "duty", "bead_mass_g", "mass_g", "medium")
        if not all(self.has(name) for name in needed) or self.number_of("rpm", least=0) == 0:
            return None
        self.word("medium", MEDIA)
        group = tuple(self.row.get(name, "") for name in ("bowl", "bead_diameter_mm", "medium"))
        first = firsts.setdefault(group, self)
        return relative_energy(
            self.number_of("rpm") / first.number_of("rpm"),
            self._time() / first._time(),
            self.number_of("bead_mass_g", above=0) / self._mass()
            / (first.number_of("bead_mass_g", above=0) / first._mass()),
        )  # fmt: skip

    def _geometric(self) -> float | None:
        if not all(self.has(name) for name in ("mass_mg", "diameter_mm", "thickness_um")):
            return None
        if self.has("components"):
            try:
                density = solid_density(parse_components(str(self.row["components"])))
            except InputError as error:
                raise self._placed(error) from None
        elif self.has("density_g_cm3"):
            density = self.number_of("density_g_cm3", above=0) * 1e3
        else:
            return None
        mass = self.number_of("mass_mg", above=0) * 1e-6
        diameter = self.number_of("diameter_mm", above=0) * 1e-3
        try:
            return geometric_porosity(
                mass, diameter, self.number_of("thickness_um", above=0) * UM, density
            )
        except InputError as error:
            raise self._placed(error) from None

    def _by_thickness(self) -> float | None:
        if not all(
            self.has(name) for name in ("thickness_um", "thickness_green_um", "porosity_green")
        ):
            return None
        try:
            return thickness_porosity(
                self.number_of("porosity_green"),
                self.number_of("thickness_green_um", above=0),
                self.number_of("thickness_um", above=0),
            )
        except InputError as error:
            if error.file is not None:
                raise
            raise self._placed(error) from None


def column_against_energy(
    rows: Sequence[PowderRow], name: str, path: str | Path
) -> tuple[np.ndarray, np.ndarray]:
    """E_m in J/g and the column's numbers, of the rows that have both, by energy.

    Raises:
        InputError: The column is missing, or holds text.
    """
    if name not in rows[0].values:
        raise InputError(
            "the column is missing", file=path, field=name, found=", ".join(rows[0].values)
        )
    points = []
    for row in rows:
        energy = None if row.milling is None else row.milling.energy
        if energy is not None and energy > 0 and row.values[name] != "":
            points.append((energy / 1e3, number_in(path, row.number, row.values, name)))
    points.sort()
    columns = np.array(points, dtype=np.float64).reshape(-1, 2).T
    if not math.isfinite(columns.sum()):
        raise InputError("is no finite number", file=path, field=name)
    return columns[0], columns[1]
