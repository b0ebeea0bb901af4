# SPDX-License-Identifier: BSD-3-Clause
"""Reading the parameter sets that come with the package, one YAML file each."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from interfacefem.errors import InputError
from interfacefem.units import (
    GIGAPASCAL,
    MILLISIEMENS_PER_CM,
    PURE_NUMBER,
    Unit,
    parse_quantity,
)

# unit in which people read each parameter that a file may hold
PARAMETERS: Mapping[str, Unit] = MappingProxyType(
    {
        "youngs_modulus": GIGAPASCAL,
        "poisson_ratio": PURE_NUMBER,
        "yield_stress": GIGAPASCAL,
        "hardness": GIGAPASCAL,
        "conductivity": MILLISIEMENS_PER_CM,
    }
)


@dataclass(frozen=True)
class MaterialParameter:
    """One value.

    Attributes:
        text: As written, with its unit; also what a case file may say.
        value: In SI.
        source: Where it is from, or a text with the word "assumed".
    """

    text: str
    value: float
    source: str

    @property
    def assumed(self) -> bool:
        """Whether no source gives this value for this material."""
        return "assumed" in self.source


@dataclass(frozen=True)
class MaterialParameters:
    """What is known of a material.

    Attributes:
        name: As in a case file.
        description: In words.
        parameters: By name, one of ``PARAMETERS``.
    """

    name: str
    description: str
    parameters: Mapping[str, MaterialParameter]


@functools.cache
def material_names() -> tuple[str, ...]:
    """Names of the parameter sets, in alphabetical order."""
    files = resources.files("interfacefem.materials").iterdir()
    names = [file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")]
    return tuple(sorted(names, key=str.lower))


@functools.cache
def read_material(name: str) -> MaterialParameters:
    """A parameter set by its name, capital letters or not.

    Raises:
        InputError: There is none of that name.
    """
    import yaml  # type: ignore[import-untyped]

    by_lower_case = {known.lower(): known for known in material_names()}
    known = by_lower_case.get(name.strip().lower())
    if known is None:
        raise InputError(
            "no such material",
            field="material",
            found=f'"{name}"',
            expected=f"one of {', '.join(material_names())}",
        )
    file = resources.files("interfacefem.materials") / f"{known}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    parameters = {}
    for key, unit in PARAMETERS.items():
        if key not in content:
            continue
        text = str(content[key]["value"])
        value = (
            parse_quantity(text, unit=unit.si, example=f"1 {unit.text}", field=key)
            if unit.si
            else float(text)
        )
        parameters[key] = MaterialParameter(text, value, content[key]["source"])
    return MaterialParameters(content["name"], content["description"], MappingProxyType(parameters))


def fill_from_material(given: object, keys: Iterable[str], required: Iterable[str] = ()) -> object:
    """A section of a case file with what it leaves out taken from its ``material``.

    Args:
        given: The section as read; returned as it is unless it is a mapping that names a material.
        keys: Parameters that the section knows.
        required: Those without which the material cannot serve here.

    Raises:
        ValueError: There is no such material, or it lacks a required parameter that the section
            does not give; one line for the user.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("material"), str):
        return given
    try:
        material = read_material(given["material"])
    except InputError as error:
        raise ValueError(str(error).removeprefix("material: ")) from None
    missing = [key for key in required if key not in material.parameters and key not in given]
    if missing:
        serving = [
            name
            for name in material_names()
            if set(required) <= set(read_material(name).parameters)
        ]
        raise ValueError(
            f'has no {missing[0]}; found "{material.name}"; expected one of '
            f"{', '.join(serving)}, or {missing[0]} beside it"
        )
    filled = {
        key: parameter.text if PARAMETERS[key].si else parameter.value
        for key, parameter in material.parameters.items()
        if key in keys
    }
    return {**filled, **given}
