# SPDX-License-Identifier: BSD-3-Clause
"""Every parameter of a section or of several, by each of its names."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pydantic

from interfacefem.parameters.declaration import Declaration, Named
from interfacefem.parameters.door import Door, option_name
from interfacefem.units import PURE_NUMBER, Unit


@dataclass(frozen=True, eq=False)
class Parameter:
    """One parameter, with what each door, table and figure calls it.

    Attributes:
        section: Its section; empty for what stands beside the sections.
        key: In the section.
        argument: In Python.
        default: As a file would say it; None where there is none.
        required: Whether there is no default.
        description: What it is, and where the default is from.
        named: Names, and of numbers unit and bounds; None where there is nothing to say.
        annotation: Type of the value inside.
    """

    section: str
    key: str
    argument: str
    default: Any
    required: bool
    description: str
    named: Named | None
    annotation: Any

    @property
    def declaration(self) -> Declaration | None:
        """How it is read; None for words, switches and files."""
        return self.named if isinstance(self.named, Declaration) else None

    @property
    def name(self) -> str:
        """Section and key, as files and studies say it."""
        return f"{self.section}.{self.key}" if self.section else self.key

    @property
    def option(self) -> str:
        """On the command line."""
        own = None if self.named is None else self.named.option
        return own or option_name(self.key)

    @property
    def unit(self) -> Unit:
        """That people read, in columns and figures."""
        return PURE_NUMBER if self.named is None else self.named.read_in

    @property
    def sweep(self) -> str | None:
        """For ``--sweep``; None where it cannot be swept."""
        return None if self.named is None else self.named.sweep

    @property
    def column(self) -> str:
        """In tables, ending with its unit."""
        own = None if self.named is None else self.named.column
        return (own or self.name.replace(".", "_")) + self.unit.ending

    @property
    def label(self) -> str:
        """In figures, with its unit."""
        own = None if self.named is None else self.named.label
        if own is None:
            own = self.column.removesuffix(self.unit.ending).replace("_", " ")
        return f"{own} ({self.unit.shown})" if self.unit.shown else own

    def called(self, door: Door) -> str:
        """What messages call it."""
        match door:
            case Door.FILE:
                return self.name
            case Door.OPTION:
                return self.option
            case Door.ARGUMENT:
                return f"{self.argument}="

    def in_column_unit(self, value: float) -> float:
        """A value in SI, in the unit of its column."""
        # 0.093 S/m over 0.1 is not quite 0.93 mS/cm in binary
        return float(f"{value / self.unit.factor:.12g}")


@functools.cache
def parameters_of(model: type[pydantic.BaseModel]) -> Mapping[str, Parameter]:
    """Every parameter of a section, or of a model of sections, by ``section.key``."""
    fields = list(_fields_of(model))
    keys = [key for _, key, _ in fields]
    return {
        parameter.name: parameter
        for section, key, info in fields
        for parameter in [
            Parameter(
                section,
                key,
                f"{section}_{key}" if section and keys.count(key) > 1 else key,
                None if info.is_required() else info.get_default(call_default_factory=True),
                info.is_required(),
                info.description or "",
                next((part for part in info.metadata if isinstance(part, Named)), None),
                info.annotation,
            )
        ]
    }


def declaration_of(model: type[pydantic.BaseModel], name: str) -> Declaration:
    """How a parameter is read, for another section that asks for the same quantity."""
    declaration = parameters_of(model)[name].declaration
    assert declaration is not None
    return declaration


def _fields_of(model: type[pydantic.BaseModel]) -> Iterator[tuple[str, str, Any]]:
    for name, info in model.model_fields.items():
        section = section_of(info.annotation)
        if section is None:
            yield "", name, info
        else:
            yield from ((name, key, entry) for key, entry in section.model_fields.items())


def section_of(annotation: Any) -> type[pydantic.BaseModel] | None:
    """The section that a field holds, None where it holds a value or a list."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, pydantic.BaseModel):
            return part if get_args(annotation)[1:] in ((), (type(None),)) else None
    return None


def names_at(door: Door, model: type[pydantic.BaseModel], prefix: str = "") -> dict[str, str]:
    """What the user calls the parameters of a section, by key, for ``errors.naming_fields``.

    Args:
        door: How they were given.
        model: The section.
        prefix: Of the names in a file, such as ``"sampling."``.
    """
    return {
        parameter.key: (prefix if door is Door.FILE else "") + parameter.called(door)
        for parameter in parameters_of(model).values()
    }
