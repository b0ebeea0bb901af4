# SPDX-License-Identifier: BSD-3-Clause
"""What a study file may say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import yaml  # type: ignore[import-untyped]
from pydantic import BeforeValidator, Field

from interfacefem.errors import CaseError, InputError
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import Quantity, Whole
from interfacefem.parameters.sampling import MapReading, Sampling
from interfacefem.parameters.section import Section
from interfacefem.parameters.transport import Transport
from interfacefem.parameters.yaml_input import SafeLoader, line_of_key, read_yaml
from interfacefem.study.uncertain import Distribution
from interfacefem.synthetic.powder import POWDERS
from interfacefem.units import MEGAPASCAL

Physics = Literal["current", "stress", "interface", "transport"]
Factor = float | str
_Number = float | int | str  # as it is written; a key of the case checks it
_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"a factor is a finite number or text; found {value}")
    return value


def _no_booleans(value: object) -> object:
    # YAML reads yes, no, on and off as these
    if isinstance(value, bool):
        raise ValueError(f'is read as {str(value).lower()}; expected a number, or "text" in quotes')
    return value


# metrics that a risk can be told from
WORSE_IF_LARGER = (
    "i_ratio", "hot_spot_factor", "i_p99_p1", "i_max_mA_cm2", "area_above_ccd", "stress_ratio",
    "p_max_GPa", "capped_fraction", "von_mises_max_GPa", "Rq_um", "Rz_um", "length_ratio",
    "interface_area_specific_resistance_ohm_cm2", "interface_hot_spot_factor",
    "hot_spot_mean_factor", "interface_area_above_ccd",
)  # fmt: skip

Thresholds = tuple[float, float]
FactorValue = Annotated[Factor, BeforeValidator(_no_booleans), BeforeValidator(_finite)]
_Pressure = Annotated[float, Quantity(MEGAPASCAL, "200 MPa", at_least=0)]
FactorName = Annotated[str, Field(pattern=_NAME)]


class SyntheticTapes(Section):
    """Synthetic micrographs of LPSCl tapes, made by the study itself."""

    powders: tuple[str, ...] = Field(min_length=1, description="of " + ", ".join(POWDERS))
    pressures: tuple[Annotated[float, Quantity(MEGAPASCAL, "200 MPa", at_least=0)], ...] = Field(
        min_length=1
    )
    images: Annotated[int, Whole(at_least=1, at_most=1000)] = Field(
        default=3, description="of each powder and pressure"
    )

    @pydantic.field_validator("powders")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in POWDERS:
                raise ValueError(f'no such powder; found "{name}"; expected {" or ".join(POWDERS)}')
        return names


class ImageSet(Section):
    """Micrographs by name, by a table of names and factors, or synthetic ones."""

    files: Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)] | None = (
        Field(default=None, description='names or patterns such as "images/*.tif"')
    )
    factors: dict[FactorName, FactorValue] = Field(
        default_factory=dict, description="the same for all of these files"
    )
    table: Path | None = Field(
        default=None, description="CSV: a column image (or profile), then one column per factor"
    )
    synthetic: SyntheticTapes | None = None

    @pydantic.model_validator(mode="after")
    def _one_kind(self) -> ImageSet:
        given = [self.files, self.table, self.synthetic]
        if sum(entry is not None for entry in given) != 1:
            raise ValueError('needs one of "files", "table" or "synthetic"')
        if self.synthetic is not None and self.factors:
            raise ValueError('"factors" of synthetic images are their powder and pressure')
        return self


class FileSet(ImageSet):
    """Profiles, height maps or volumes, by name or by a table of names and factors."""

    @pydantic.model_validator(mode="after")
    def _from_files(self) -> FileSet:
        if self.synthetic is not None:
            raise ValueError('"synthetic" belongs to "images"')
        return self


class StudyCell(Cell):
    """The cell, how height maps are read, and what conducts in volumes."""

    map: MapReading = Field(default_factory=MapReading)
    transport: Transport = Field(default_factory=Transport)


class InlineTable(Section):
    """Rows of values of parameters, chosen by the factors among its columns."""

    columns: tuple[str, ...] = Field(min_length=1)
    rows: tuple[tuple[_Number, ...], ...] = Field(min_length=1)

    @pydantic.model_validator(mode="after")
    def _rectangular(self) -> InlineTable:
        for name in self.columns:
            if self.columns.count(name) > 1:
                raise ValueError(f'a column is named twice; found "{name}"')
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} does not fit the columns; found {len(row)} values; expected "
                    f"{len(self.columns)}"
                )
        return self


_ValueLists = Annotated[
    dict[str, Annotated[tuple[_Number, ...], Field(min_length=1)]], Field(min_length=1)
]


class Variation(Section):
    """One way in which parameters vary; several of them multiply."""

    grid: _ValueLists | None = Field(default=None, description="every combination")
    zip: _ValueLists | None = Field(default=None, description="first with first, and so on")
    table: InlineTable | Path | None = Field(default=None, description="in place, or a CSV file")

    @pydantic.model_validator(mode="after")
    def _one_kind(self) -> Variation:
        if sum(entry is not None for entry in (self.grid, self.zip, self.table)) != 1:
            raise ValueError('needs one of "grid", "zip" or "table"')
        if self.zip is not None and len({len(values) for values in self.zip.values()}) > 1:
            counts = ", ".join(f"{name} {len(values)}" for name, values in self.zip.items())
            raise ValueError(f'the lists of "zip" differ in length; found {counts}')
        return self


class Uncertain(Section):
    """Parameters that are known only so well: Monte Carlo over their distributions."""

    draws: Annotated[int, Whole(at_least=2, at_most=10_000)] = 16
    parameters: Annotated[dict[str, Distribution], Field(min_length=1)]


class ProcessTable(Section):
    """What is known of the process behind a factor, such as the milling energy of each powder.

    Joined to the table after solving: nothing is solved again because of it.
    """

    table: Path = Field(description="CSV: the key, then one column per covariate")
    key: FactorName = Field(description="factor whose levels have a row each")
    columns: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="of the table; default: all"
    )
    mixed: bool = Field(
        default=False,
        description="whether values of different basis or source may stand on one axis",
    )


class ReportSection(Section):
    """What the report shows; the numbers do not depend on it.

    Where a study has this section, ``study`` writes the report when it ends.
    """

    against: FactorName | None = Field(
        default=None, description="factor or covariate along the axis; default: the pressure"
    )
    by: FactorName | None = Field(
        default=None, description="factor told apart by colour; default: the next one"
    )


class Study(Section):
    """A study: interfaces, how profiles are taken, the cell, what varies, what is solved."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)
    physics: Annotated[tuple[Physics, ...], Field(min_length=1)] = ("current",)
    images: tuple[ImageSet, ...] = ()
    profiles: tuple[FileSet, ...] = ()
    height_maps: tuple[FileSet, ...] = ()
    volumes: tuple[FileSet, ...] = ()
    sampling: Sampling = Field(default_factory=Sampling)
    cell: StudyCell = Field(default_factory=StudyCell)
    parameters: tuple[Variation, ...] = ()
    uncertain: Uncertain | None = None
    risk: dict[str, Thresholds] = Field(
        default_factory=dict,
        description="by metric, such as i_ratio: [1.1, 1.5]; low below the first value, high from "
        "the second on",
    )
    budget: Annotated[int, Whole(at_least=0, at_most=1000)] = Field(
        default=1,
        description="images of each condition of which it is found out what moves their excess "
        "besides the surface: threshold, smoothing, method, ends, ...; 0: none",
    )
    process: ProcessTable | None = None
    report: ReportSection = Field(default_factory=ReportSection)
    seed: Annotated[int, Whole(at_least=0)] = Field(
        default=0, description="of synthetic images and of draws; another gives other ones"
    )

    @pydantic.field_validator("risk")
    @classmethod
    def _rising_thresholds(cls, risk: dict[str, Thresholds]) -> dict[str, Thresholds]:
        for name, (low, high) in risk.items():
            if name not in WORSE_IF_LARGER:
                raise ValueError(
                    f'no risk can be told from this metric; found "{name}"; expected one of '
                    + ", ".join(WORSE_IF_LARGER)
                )
            if not low < high:
                raise ValueError(f"the thresholds of {name} must rise; found {low:g}, {high:g}")
        return risk

    @pydantic.model_validator(mode="after")
    def _has_interfaces(self) -> Study:
        surfaces = self.images or self.profiles or self.height_maps
        if not surfaces and not self.volumes:
            raise ValueError(
                'has no interfaces; expected "images:", "profiles:", "height_maps:" or "volumes:"'
            )
        if self.volumes and (surfaces or self.physics != ("transport",)):
            raise ValueError(
                '"volumes" stand alone, with "physics: [transport]"; found physics '
                + ", ".join(self.physics)
            )
        if surfaces and "transport" in self.physics:
            raise ValueError('"transport" is solved in "volumes"; found other sources')
        if len(set(self.physics)) < len(self.physics):
            raise ValueError('a physics is named twice in "physics"')
        if "line" in self.sampling.model_fields_set:
            raise ValueError('"sampling.line" belongs to a single case; a study takes every line')
        return self


class StudyFile:
    """A study as it was read, with what messages and case files need.

    Attributes:
        path: The file.
        study: What it says.
        cell: The section ``cell`` as written, for the record of each case.
        sampling: The section ``sampling`` as written.
    """

    def __init__(self, path: Path, study: Study) -> None:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=SafeLoader)
        self.path = path
        self.study = study
        self.cell: dict[str, Any] = content.get("cell") or {}
        self.sampling: dict[str, Any] = content.get("sampling") or {}

    def error(self, message: str, *location: str | int, **parts: Any) -> CaseError:
        """An error at a key of the file."""
        line = line_of_key(self.path, *location)
        key = ".".join(str(part) for part in location)
        return CaseError(message, file=self.path, field=f"line {line}: {key}", **parts)

    def wrap(self, error: InputError, *location: str | int) -> CaseError:
        """Another error as one at a key of the file."""
        return self.error(str(error), *location)


def read_study(path: str | Path) -> StudyFile:
    """Read a study file.

    Raises:
        CaseError: One line that names the file, the line and the key.
    """
    path = Path(path)
    example = 'images: [{files: "*.tif"}]'
    return StudyFile(path, read_yaml(path, Study, example=example))
