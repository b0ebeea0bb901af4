# SPDX-License-Identifier: BSD-3-Clause
"""The cell around an interface: each parameter with unit, bounds, default and source.

Defaults that stand for a physical value carry their source, or the word "assumed", in their
description; ``interfacefem schema`` prints them.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import pydantic
from pydantic import Field

from interfacefem.materials import fill_from_material
from interfacefem.parameters.arguments import sections_from_arguments
from interfacefem.parameters.declaration import Number, Quantity, Whole
from interfacefem.parameters.door import Door
from interfacefem.parameters.section import Section, default
from interfacefem.units import (
    GIGAPASCAL,
    KELVIN,
    MEGAPASCAL,
    MICROFARAD_PER_CM2,
    MICROMETRE,
    MILLIAMPERE_PER_CM2,
    MILLISIEMENS_PER_CM,
    OHM_CENTIMETRE2,
    PURE_NUMBER,
)

if TYPE_CHECKING:
    from interfacefem.parameters.kinetics_points import KineticsPoints

# beyond lies no cell, and no convergence (assumed); in the unit that people read
LEAST, LARGEST = 1e-15, 1e15

_MATERIAL = (
    "parameter set that gives what this section does not; interfacefem materials lists them, each "
    "value with its source or marked as assumed"
)


class Domain(Section):
    """The electrolyte above the profile."""

    height: Annotated[float | None, Quantity(MICROMETRE, "25 um", above=0)] = default(
        None,
        "top face above the profile's mean line; default: the profile's width above "
        "its highest point, so that the top does not see the roughness",
    )
    lateral_cells: Annotated[int, Whole(at_least=4, at_most=1000)] = default(
        100,
        "height maps: cells along the longer side, to which the map is resampled; 100 "
        "make about 1.2 million tetrahedra above a square map",
    )


class Electrolyte(Section):
    """Bulk properties of the electrolyte."""

    material: str | None = default(None, _MATERIAL)
    conductivity: Annotated[
        float,
        Quantity(
            MILLISIEMENS_PER_CM, "1 mS/cm", at_least=LEAST, at_most=LARGEST,
            sweep="conductivity", column="conductivity",
        ),
    ] = default(
        "1 mS/cm",
        "ionic conductivity; default: about that of densified LPSCl tapes, "
        "0.93 mS/cm at 300 MPa (Tran 2025, section 2.2.1), rounded",
    )  # fmt: skip
    relative_permittivity: Annotated[float, Number(at_least=0, at_most=1e6)] = default(
        10.0, "of impedance; assumed: sulfides have 5 to 20"
    )
    youngs_modulus: Annotated[
        float,
        Quantity(GIGAPASCAL, "24 GPa", above=0, column="youngs_modulus", label="Young's modulus"),
    ] = default("24 GPa", "assumed for LPSCl: 22 to 25 GPa")
    poisson_ratio: Annotated[
        float, Number(above=-1, below=0.5, column="poisson_ratio", label="Poisson's ratio")
    ] = default(0.37, "assumed for LPSCl")
    hardness: Annotated[
        float, Quantity(GIGAPASCAL, "0.6 GPa", above=0, infinite=True, column="hardness")
    ] = default("0.6 GPa", "indentation hardness, assumed for LPSCl; inf = elastic")

    @pydantic.model_validator(mode="before")
    @classmethod
    def _fill_from_material(cls, given: object) -> object:
        keys = ("conductivity", "youngs_modulus", "poisson_ratio", "hardness")
        return fill_from_material(given, keys, required=("conductivity",))


_OF_FORMULAS = ("exchange_current_density", "alpha_a", "alpha_c", "temperature")
_USELESS = {  # keys that a model has no use for; the others have none for a file alone
    "table": _OF_FORMULAS,
    "own": ("file", *_OF_FORMULAS),
    "primary": ("file", *_OF_FORMULAS, "film_resistance"),
    "tafel": ("file", "alpha_a"),
}


class KineticsSection(Section):
    """Charge transfer between electrolyte and metal."""

    model: Literal["butler-volmer", "linear", "tafel", "primary", "table"] = "butler-volmer"
    file: Path | None = Field(
        default=None,
        description="of model table: CSV with the columns overpotential_V,current_density_mA_cm2",
    )
    exchange_current_density: Annotated[
        float,
        Quantity(
            MILLIAMPERE_PER_CM2, "1 mA/cm^2", at_least=LEAST, at_most=LARGEST,
            sweep="i0", column="i0", label="exchange current density",
        ),
    ] = default(
        "1 mA/cm^2", "assumed; Tran 2025 gives it in Table S7"
    )  # fmt: skip
    # a coefficient below 0.01 would move the potential by 2.5 V for each factor e of current
    alpha_a: Annotated[
        float,
        Number(
            at_least=0.01, at_most=2, sweep="alpha_a", column="alpha_a",
            label="anodic transfer coefficient",
        ),
    ] = default(0.5, "Tran 2025, below eq. 2; from 0.01 to 2 assumed")  # fmt: skip
    alpha_c: Annotated[
        float,
        Number(
            at_least=0.01, at_most=2, sweep="alpha_c", column="alpha_c",
            label="cathodic transfer coefficient",
        ),
    ] = default(0.5, "Tran 2025, below eq. 2; from 0.01 to 2 assumed")  # fmt: skip
    temperature: Annotated[
        float,
        Quantity(
            KELVIN, "298 K", at_least=100, at_most=1500, sweep="temperature", column="temperature"
        ),
    ] = default(
        "298 K",
        "assumed: room temperature; below 100 K and above 1500 K no solid "
        "electrolyte conducts or stays solid (assumed)",
    )
    film_resistance: Annotated[
        float,
        Quantity(
            OHM_CENTIMETRE2, "10 ohm*cm^2", at_least=0, at_most=LARGEST,
            sweep="film_resistance", column="film_resistance",
        ),
    ] = default(
        "0 ohm*cm^2", "of an interphase in series; assumed absent"
    )  # fmt: skip

    double_layer_capacitance: Annotated[
        float, Quantity(MICROFARAD_PER_CM2, "10 uF/cm^2", at_least=0, at_most=1e9)
    ] = default("10 uF/cm^2", "of the contact, for impedance; assumed")

    _points: KineticsPoints | None = pydantic.PrivateAttr(None)
    _law: Any = pydantic.PrivateAttr(None)

    @property
    def law(self) -> Any:
        """The object given as law, of model own; None where the model is another."""
        return self._law

    @property
    def points(self) -> KineticsPoints | None:
        """The points of the table that was read; None where none was."""
        return self._points

    @property
    def unused(self) -> set[str]:
        """Keys, as ``kinetics.KEY``, that this model has no use for."""
        keys = _USELESS.get(self.model, ("file",))
        return {f"kinetics.{key}" for key in keys}

    def points_read(self) -> KineticsPoints:
        """The points of the table, read now unless they were before.

        Raises:
            CaseError: The file cannot be read, or holds no such table.
        """
        from interfacefem.parameters.kinetics_points import read_kinetics_points

        assert self.file is not None
        return self._points or read_kinetics_points(self.file)

    def with_table_read(self, folder: Path) -> KineticsSection:
        """The same with its table read; the name of the file is relative to a folder.

        Raises:
            CaseError: The file cannot be read, or holds no such table.
        """
        if self.file is None:
            return self
        read = self.model_copy(update={"file": folder / self.file})
        read._points = read.points_read()
        return read

    def with_law(self, law: object) -> KineticsSection:
        """The same film behind a law given as an object with ``current_density(overpotential)``."""
        given = self.model_copy(update={"model": "own"})
        given.model_fields_set.discard("model")  # no file and no argument may say it
        given._law = law
        return given

    @staticmethod
    def from_object(given: object) -> dict[str, Any] | None:
        """Content of the section where an object is given in its place: a law."""
        return {"law": given} if callable(getattr(given, "current_density", None)) else None

    @pydantic.model_validator(mode="wrap")
    @classmethod
    def _law_as_object(
        cls, given: Any, handler: Any, info: pydantic.ValidationInfo
    ) -> KineticsSection:
        if Door.of(info.context) is Door.ARGUMENT:
            given = cls.from_object(given) or given
            if isinstance(given, dict) and given.get("law") is not None:
                rest = {key: value for key, value in given.items() if key != "law"}
                useless = [f"{{{key}}}" for key in ("model", "file", *_OF_FORMULAS) if key in rest]
                if useless:
                    raise ValueError(
                        "have no place beside a law of your own, which says it all; found "
                        f"{', '.join(useless)}; expected none of them"
                    )
                section: KineticsSection = handler(rest)
                return section.with_law(given["law"])
        section = handler(given)
        return section

    @pydantic.model_validator(mode="after")
    def _table_stands_alone(self) -> KineticsSection:
        if (self.model == "table") != (self.file is not None):
            raise ValueError(
                "a table of measured points needs both keys; found one of them; expected "
                "{model} table and {file} iv.csv"
            )
        useless = [f"{{{key}}}" for key in _OF_FORMULAS if key in self.model_fields_set]
        if self.model == "table" and useless:
            raise ValueError(
                f"has no place beside a table, which says it all; found {', '.join(useless)} with "
                "{model} table; expected none of them"
            )
        return self

    @pydantic.model_validator(mode="after")
    def _film_needs_a_law(self) -> KineticsSection:
        if self.model == "primary" and self.film_resistance > 0:
            raise ValueError(
                "a film has no place in the primary current distribution; found {film_resistance} "
                "above 0 with {model} primary; expected another model, or no film"
            )
        return self


class Load(Section):
    """What is applied to the cell."""

    current_density: Annotated[
        float,
        Quantity(
            MILLIAMPERE_PER_CM2, "3 mA/cm^2", at_least=LEAST, at_most=LARGEST,
            sweep="current_density", column="current_density", label="applied current density",
        ),
    ] = default(
        "3 mA/cm^2", "applied, plating (Tran 2025, Fig. 4g)"
    )  # fmt: skip
    pressure: Annotated[
        float,
        Quantity(
            MEGAPASCAL, "50 MPa", at_least=LEAST, at_most=LARGEST,
            label="pressure of the block",
        ),
    ] = default("50 MPa", "mean pressure of the block, assumed")  # fmt: skip
    critical_current_density: Annotated[
        float,
        Quantity(MILLIAMPERE_PER_CM2, "1 mA/cm^2", above=0, column="critical_current_density"),
    ] = default("1 mA/cm^2", "local limit (Tran 2025, section 2.2.2)")


class Block(Section):
    """The flat block that presses on the surface."""

    material: str | None = default(None, _MATERIAL)
    youngs_modulus: Annotated[
        float,
        Quantity(
            GIGAPASCAL, "200 GPa", above=0, infinite=True, label="Young's modulus of the block"
        ),
    ] = default("inf", "inf = rigid, assumed")
    poisson_ratio: Annotated[float, Number(above=-1, below=0.5)] = default(0.3, "assumed")
    rotation: Literal["fixed", "free"] | None = default(
        None,
        "default: free where a stress ratio of a profile is sought; else it must be said where "
        "the surface is inclined",
    )

    @pydantic.model_validator(mode="before")
    @classmethod
    def _fill_from_material(cls, given: object) -> object:
        return fill_from_material(given, ("youngs_modulus", "poisson_ratio"))


class Layer(Section):
    """A layer under the electrolyte, such as the foil that carries a tape."""

    thickness: Annotated[float, Quantity(MICROMETRE, "15 um", above=0, infinite=True)]
    youngs_modulus: Annotated[float, Quantity(GIGAPASCAL, "70 GPa", above=0)]
    poisson_ratio: Annotated[float, Number(above=-1, below=0.5)]


class Stress(Section):
    """How the contact problem is posed and where the stress is read."""

    depth: Annotated[float | None, Quantity(MICROMETRE, "1 um", above=0, column="depth")] = default(
        None,
        "where the stress ratio is read, below the surface; default: 1 um for profiles, 10 um for "
        "height maps, both assumed",
    )
    boundary: Literal["periodic", "mirror", "finite"] = "mirror"
    body: Annotated[
        float,
        Quantity(
            MICROMETRE, "100 um", above=0, infinite=True, column="body",
            words={"half-space": math.inf},
        ),
    ] = default(
        "half-space", "half-space, or a thickness such as 100 um"
    )  # fmt: skip
    nodes: Annotated[int | None, Whole(at_least=64, at_most=8192)] = default(
        None,
        "of the surface; default: the profile's even points, or at least 512",
    )
    layers: tuple[Layer, ...] = Field(
        default=(),
        description="what the electrolyte sticks to, from it outward, on a rigid base",
    )

    @pydantic.model_validator(mode="after")
    def _layers_lie_under_a_layer(self) -> Stress:
        thicknesses = (self.body, *(layer.thickness for layer in self.layers))
        if any(math.isinf(thickness) for thickness in thicknesses[:-1]):
            raise ValueError(
                "layers need a finite thickness above them; found {body} or a layer but the last "
                'infinitely thick; expected such as {body} "30 um"'
            )
        return self


class Cell(Section):
    """The cell around an interface, the load on it and the accuracy asked for.

    ``Cell(conductivity="1 mS/cm", exchange_current_density="1 mA/cm^2")`` takes every parameter of
    the sections by its name; a name that two sections share carries its section, as
    ``block_youngs_modulus``. A quantity is text with its unit, a pint quantity, or a number in SI.
    Sections may be given whole as well: ``Cell(load=Load(pressure="50 MPa"))``.

    Raises:
        InputError: An argument is unknown, out of range or of another unit.
    """

    domain: Domain = Field(default_factory=Domain)
    electrolyte: Electrolyte = Field(default_factory=Electrolyte)
    kinetics: KineticsSection = Field(default_factory=KineticsSection)
    load: Load = Field(default_factory=Load)
    block: Block = Field(default_factory=Block)
    stress: Stress = Field(default_factory=Stress)
    tolerance: Annotated[float, Quantity(PURE_NUMBER, "1 %", above=0, below=1)] = default(
        "1 %", "estimated relative error of (i_ratio - 1), and of the excess over windows"
    )

    def with_files_read(self, folder: Path) -> Self:
        """The same with the files read that it names, relative to a folder.

        Raises:
            CaseError: A file cannot be read.
        """
        kinetics = self.kinetics.with_table_read(folder)
        return self if kinetics is self.kinetics else self.model_copy(update={"kinetics": kinetics})

    def with_kinetics(self, law: object) -> Self:
        """The same with a law given as an object with ``current_density(overpotential)``."""
        return self.model_copy(update={"kinetics": self.kinetics.with_law(law)})

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_arguments(cls, given: object, info: pydantic.ValidationInfo) -> object:
        if Door.of(info.context) is not Door.ARGUMENT or not isinstance(given, dict):
            return given
        return sections_from_arguments(cls, given)

    if TYPE_CHECKING:
        # a type checker sees the sections alone otherwise
        def __init__(self, **arguments: Any) -> None: ...
