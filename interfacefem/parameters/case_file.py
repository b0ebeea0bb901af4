# SPDX-License-Identifier: BSD-3-Clause
"""What a case file may say: every physical quantity is a string with its unit.

Defaults that stand for a physical value carry their source, or the word "assumed", in their
description; ``interfacefem schema`` prints them.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import pydantic
from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from interfacefem.current.kinetics import (
    ButlerVolmer,
    ChargeTransfer,
    InSeriesWithFilm,
    LinearKinetics,
    TafelKinetics,
)
from interfacefem.current.kinetics_table import KineticsTable, read_kinetics_table
from interfacefem.current.own_kinetics import OwnKinetics
from interfacefem.current.problem import CurrentProblem
from interfacefem.errors import InputError
from interfacefem.images.settings import ExtractionSettings
from interfacefem.materials import fill_from_material
from interfacefem.parameters.yaml_input import read_yaml
from interfacefem.units import parse_quantity


def quantity(
    unit: str,
    example: str,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    infinite: bool = False,
) -> Any:
    """A field that holds a quantity in SI, written in the file as text with its unit.

    Args:
        unit: SI unit of the value inside.
        example: A valid entry, shown in messages and in the schema.
        above: Exclusive lower bound in ``unit``.
        at_least: Inclusive lower bound in ``unit``.
        below: Exclusive upper bound in ``unit``.
        infinite: Whether ``inf`` may be written.
    """

    def read(value: object) -> float:
        if isinstance(value, float) and value == math.inf:
            value = "inf"  # YAML reads .inf as a number
        try:
            number = parse_quantity(value, unit=unit, example=example)
        except InputError as error:
            raise ValueError(str(error)) from None
        too_low = (above is not None and not number > above) or (
            at_least is not None and not number >= at_least
        )
        too_high = below is not None and not number < below
        if too_low or too_high or (math.isinf(number) and not infinite):
            raise ValueError(f'out of range; found "{value}"; expected {_range_text()}')
        return number

    def _range_text() -> str:
        bounds = [] if infinite else ["a finite value"]
        if above is not None:
            bounds.append(f"more than {above:g}")
        if at_least is not None:
            bounds.append(f"at least {at_least:g}")
        if below is not None:
            bounds.append(f"less than {below:g}")
        return f"{', '.join(bounds)} {unit}".rstrip() + f', such as "{example}"'

    schema = {"type": "string", "examples": [example], "description": f"quantity, SI unit {unit}"}
    return Annotated[float, BeforeValidator(read), WithJsonSchema(schema)]


def _number_from_text(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"is not a number; found {value}")
    return value


PlainNumber = Annotated[float, BeforeValidator(_number_from_text)]
NumberList = Annotated[tuple[PlainNumber, ...], Field(min_length=1)]
if TYPE_CHECKING:
    Length = float  # a type checker cannot follow what quantity() returns
else:
    Length = quantity("m", "10 um", above=0)


class Section(pydantic.BaseModel):
    """A block of the case file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Domain(Section):
    """The electrolyte above the profile."""

    height: Length | None = Field(
        default=None,
        description="top face above the profile's mean line; default: the profile's width above "
        "its highest point, so that the top does not see the roughness",
    )
    lateral_cells: int = Field(
        default=100,
        ge=4,
        le=1000,
        description="height maps: cells along the longer side, to which the map is resampled; 100 "
        "make about 1.2 million tetrahedra above a square map",
    )


_MATERIAL = (
    "parameter set that gives what this section does not; interfacefem materials lists them, each "
    "value with its source or marked as assumed"
)


class Electrolyte(Section):
    """Bulk properties of the electrolyte."""

    material: str | None = Field(default=None, description=_MATERIAL)
    conductivity: quantity("S/m", "1 mS/cm", above=0) = Field(  # type: ignore[valid-type]
        default="1 mS/cm",
        description="ionic conductivity; default: about that of densified LPSCl tapes, "
        "0.93 mS/cm at 300 MPa (Tran 2025, section 2.2.1), rounded",
    )
    youngs_modulus: quantity("Pa", "24 GPa", above=0) = Field(  # type: ignore[valid-type]
        default="24 GPa", description="assumed for LPSCl: 22 to 25 GPa"
    )
    poisson_ratio: PlainNumber = Field(default=0.37, gt=-1, lt=0.5, description="assumed for LPSCl")
    hardness: quantity("Pa", "0.6 GPa", above=0, infinite=True) = Field(  # type: ignore[valid-type]
        default="0.6 GPa", description="indentation hardness, assumed for LPSCl; inf = elastic"
    )

    @pydantic.model_validator(mode="before")
    @classmethod
    def _fill_from_material(cls, given: object) -> object:
        keys = ("conductivity", "youngs_modulus", "poisson_ratio", "hardness")
        return fill_from_material(given, keys, required=("conductivity",))


_OF_FORMULAS = ("exchange_current_density", "alpha_a", "alpha_c", "temperature")


class KineticsSection(Section):
    """Charge transfer between electrolyte and metal."""

    model: Literal["butler-volmer", "linear", "tafel", "primary", "table"] = "butler-volmer"
    file: Path | None = Field(
        default=None,
        description="of model table: CSV with the columns overpotential_V,current_density_mA_cm2",
    )
    exchange_current_density: quantity(  # type: ignore[valid-type]
        "A/m^2", "1 mA/cm^2", above=0
    ) = Field(default="1 mA/cm^2", description="assumed; Tran 2025 gives it in Table S7")
    alpha_a: PlainNumber = Field(default=0.5, gt=0, le=2, description="Tran 2025, below eq. 2")
    alpha_c: PlainNumber = Field(default=0.5, gt=0, le=2, description="Tran 2025, below eq. 2")
    temperature: quantity("K", "298 K", above=0) = Field(  # type: ignore[valid-type]
        default="298 K", description="assumed: room temperature"
    )
    film_resistance: quantity("ohm*m^2", "10 ohm*cm^2", at_least=0) = Field(  # type: ignore[valid-type]
        default="0 ohm*cm^2", description="of an interphase in series; assumed absent"
    )

    _own: OwnKinetics | None = pydantic.PrivateAttr(None)  # read from the file, or given as object

    def law(self) -> ChargeTransfer | InSeriesWithFilm | None:
        """The law at the interface; None for the primary current distribution.

        Raises:
            CaseError: A table was not read before, and cannot be read now.
        """
        i0, temperature = self.exchange_current_density, self.temperature
        law: ChargeTransfer
        match self.model:
            case "table":
                assert self.file is not None
                law = self._own or OwnKinetics(read_kinetics_table(self.file))
            case "own":
                assert self._own is not None
                law = self._own
            case "primary":
                return None
            case "butler-volmer":
                law = ButlerVolmer(i0, self.alpha_a, self.alpha_c, temperature)
            case "linear":
                law = LinearKinetics(i0, self.alpha_a, self.alpha_c, temperature)
            case "tafel":
                law = TafelKinetics(i0, self.alpha_c, temperature)
        return InSeriesWithFilm(law, self.film_resistance) if self.film_resistance > 0 else law

    @property
    def unused(self) -> set[str]:
        """Keys, as ``kinetics.KEY``, that this model has no use for."""
        keys = ("file",) if self.file is None else _OF_FORMULAS
        return {f"kinetics.{key}" for key in keys}

    @property
    def table(self) -> KineticsTable | None:
        """The table that was read; None where the model is another."""
        law = None if self._own is None else self._own.law
        return law if isinstance(law, KineticsTable) else None

    def with_table_read(self, folder: Path) -> KineticsSection:
        """The same with its table read; the name of the file is relative to a folder.

        Raises:
            CaseError: The file cannot be read, or holds no such table.
        """
        if self.file is None:
            return self
        file = folder / self.file
        read = self.model_copy(update={"file": file})
        read._own = OwnKinetics(read_kinetics_table(file))
        return read

    def with_own_law(self, law: object) -> KineticsSection:
        """The same film behind a law given as an object; see :class:`OwnKinetics`.

        Raises:
            InputError: It is no law.
        """
        given = self.model_copy(update={"model": "own"})
        given._own = OwnKinetics(law)
        return given

    @pydantic.model_validator(mode="after")
    def _table_stands_alone(self) -> KineticsSection:
        if (self.model == "table") != (self.file is not None):
            raise ValueError(
                'a table is named by two keys; found one; expected "model: table" and '
                '"file: iv.csv"'
            )
        useless = [key for key in _OF_FORMULAS if key in self.model_fields_set]
        if self.model == "table" and useless:
            raise ValueError(
                f"has no place beside a table, which says it all; found {', '.join(useless)} with "
                "model: table; expected no such key"
            )
        return self

    @pydantic.model_validator(mode="after")
    def _film_needs_a_law(self) -> KineticsSection:
        if self.model == "primary" and self.film_resistance > 0:
            raise ValueError(
                "a film has no place in the primary current distribution; found film_resistance "
                "> 0 with model: primary; expected another model, or no film"
            )
        return self


class Load(Section):
    """What is applied to the cell."""

    current_density: quantity("A/m^2", "3 mA/cm^2", above=0) = Field(  # type: ignore[valid-type]
        default="3 mA/cm^2", description="applied, plating (Tran 2025, Fig. 4g)"
    )
    pressure: quantity("Pa", "50 MPa", above=0) = Field(  # type: ignore[valid-type]
        default="50 MPa", description="mean pressure of the block, assumed"
    )
    critical_current_density: quantity("A/m^2", "1 mA/cm^2", above=0) = Field(  # type: ignore[valid-type]
        default="1 mA/cm^2", description="local limit (Tran 2025, section 2.2.2)"
    )


class Block(Section):
    """The flat block that presses on the surface."""

    material: str | None = Field(default=None, description=_MATERIAL)
    youngs_modulus: quantity("Pa", "200 GPa", above=0, infinite=True) = Field(  # type: ignore[valid-type]
        default="inf", description="inf = rigid, assumed"
    )
    poisson_ratio: PlainNumber = Field(default=0.3, gt=-1, lt=0.5, description="assumed")
    rotation: Literal["fixed", "free"] | None = Field(
        default=None, description="must be said where the surface is inclined"
    )

    @pydantic.model_validator(mode="before")
    @classmethod
    def _fill_from_material(cls, given: object) -> object:
        return fill_from_material(given, ("youngs_modulus", "poisson_ratio"))


class LayerSection(Section):
    """A layer under the electrolyte, such as the foil that carries a tape."""

    thickness: quantity("m", "15 um", above=0, infinite=True)  # type: ignore[valid-type]
    youngs_modulus: quantity("Pa", "70 GPa", above=0)  # type: ignore[valid-type]
    poisson_ratio: PlainNumber = Field(gt=-1, lt=0.5)


class Stress(Section):
    """How the contact problem is posed and where the stress is read."""

    depth: quantity("m", "10 um", above=0) = Field(  # type: ignore[valid-type]
        default="10 um", description="reference depth of the stress ratio, assumed"
    )
    boundary: Literal["periodic", "mirror", "finite"] = "mirror"
    body: quantity("m", "half-space", above=0, infinite=True) = Field(  # type: ignore[valid-type]
        default="half-space", description="half-space, or a thickness such as 100 um"
    )
    nodes: int | None = Field(
        default=None,
        ge=64,
        le=8192,
        description="of the surface; default: the profile's even points, or at least 512",
    )
    layers: tuple[LayerSection, ...] = Field(
        default=(),
        description="what the electrolyte sticks to, from it outward, on a rigid base",
    )

    @pydantic.field_validator("body", mode="before")
    @classmethod
    def _half_space_is_infinitely_thick(cls, value: object) -> object:
        return "inf" if value == "half-space" else value

    @pydantic.model_validator(mode="after")
    def _layers_lie_under_a_layer(self) -> Stress:
        thicknesses = (self.body, *(layer.thickness for layer in self.layers))
        if any(math.isinf(thickness) for thickness in thicknesses[:-1]):
            raise ValueError(
                "layers need a finite thickness above them; found body or a layer but the last "
                'infinitely thick; expected such as "body: 30 um"'
            )
        return self


class Cell(Section):
    """The cell around an interface, the load on it and the accuracy asked for."""

    domain: Domain = Field(default_factory=Domain)
    electrolyte: Electrolyte = Field(default_factory=Electrolyte)
    kinetics: KineticsSection = Field(default_factory=KineticsSection)
    load: Load = Field(default_factory=Load)
    block: Block = Field(default_factory=Block)
    stress: Stress = Field(default_factory=Stress)
    tolerance: quantity("", "1 %", above=0, below=1) = Field(  # type: ignore[valid-type]
        default="1 %", description="certified relative error of (i_ratio - 1)"
    )

    def with_files_read(self, folder: Path) -> Self:
        """The same with the files read that it names, relative to a folder.

        Raises:
            CaseError: A file cannot be read.
        """
        kinetics = self.kinetics.with_table_read(folder)
        return self if kinetics is self.kinetics else self.model_copy(update={"kinetics": kinetics})

    def with_kinetics(self, law: object) -> Self:
        """The same with a law given as an object with ``current_density(overpotential)``.

        Raises:
            InputError: It is no law; see :class:`OwnKinetics`.
        """
        return self.model_copy(update={"kinetics": self.kinetics.with_own_law(law)})

    def current_problem(self) -> CurrentProblem:
        """The current problem of this cell."""
        return CurrentProblem(
            self.electrolyte.conductivity, self.load.current_density, self.kinetics.law()
        )


class Sampling(Section):
    """How profiles are taken from a micrograph; see ``ExtractionSettings`` for each key."""

    pixel_size: quantity("m", "55.8 nm", above=0) | None = Field(  # type: ignore[valid-type]
        default=None, description="default: from the microscope's metadata"
    )
    crop: tuple[int, int, int, int] | Literal["auto", "none"] = Field(
        default="auto", description="first and last row, first and last column; auto: data bar off"
    )
    line: int = Field(default=1, ge=1, description="which of the profiles a single case takes")
    method: Literal["auto", "sampling-line", "contour"] = "auto"
    electrolyte: Literal["above", "below"] = "above"
    threshold: Literal["otsu", "multi-otsu", "local"] | NumberList = "otsu"
    classes: int = Field(default=3, ge=2, le=5)
    phases: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    lines: int = Field(default=5, ge=5)
    positions: NumberList | None = None
    window_width: Length | None = None
    margin: int = Field(default=0, ge=0)
    void_depth: Length | None = None
    denoise: Literal["median", "bilateral", "nl-means", "none"] = "median"
    flatten: bool | None = Field(default=None, description="default: for sampling lines only")
    destripe: bool = False
    smoothing: PlainNumber | None = Field(default=None, gt=0, le=50, description="pixels")
    rotation: Literal["auto"] | PlainNumber = Field(default="auto", description="degrees")
    single_valued: bool = False
    remove_tilt: bool = False
    cutoff: Length | None = None

    def settings(self) -> ExtractionSettings:
        """The settings of the extraction."""
        return ExtractionSettings(
            **{
                entry.name: getattr(self, entry.name)
                for entry in dataclasses.fields(ExtractionSettings)
            }
        )


class MapReading(Section):
    """How a height map is read (docs/height_maps.md)."""

    pixel_size: Length | None = Field(
        default=None, description="distance of the samples; needed by CSV, NPY and TIFF grids"
    )
    solid: Literal["below", "above"] = Field(
        default="below", description="side of the solid in the file; below: flipped on import"
    )
    missing: Literal["refuse", "fill"] = "refuse"
    level: bool = Field(default=True, description="subtract the least-squares plane")


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
        if self.sampling is not None and self.image is None:
            raise ValueError('"sampling" belongs to "image"; this case has a "profile"')
        return self


def read_case(path: str | Path) -> Case:
    """Read a case file; paths in it are relative to its folder.

    Raises:
        CaseError: The file cannot be read or says something that is not understood.
    """
    path = Path(path)
    case = read_yaml(path, Case, example="profile: line.csv")
    update = {
        name: path.parent / value
        for name in ("profile", "image", "height_map", "contact")
        if (value := getattr(case, name)) is not None
    }
    return case.model_copy(update=update).with_files_read(path.parent)


def read_cell(path: str | Path) -> Cell:
    """Read a file with the sections of a cell; paths in it are relative to its folder.

    Raises:
        CaseError: The file cannot be read or says something that is not understood.
    """
    path = Path(path)
    return read_yaml(path, Cell).with_files_read(path.parent)
