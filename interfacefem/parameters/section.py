# SPDX-License-Identifier: BSD-3-Clause
"""A block of parameters, checked the same way whoever gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pydantic
from pydantic import ConfigDict

from interfacefem.errors import InputError
from interfacefem.parameters.door import Door
from interfacefem.parameters.messages import argument_error, option_error
from interfacefem.parameters.names import parameters_of

_LONGEST_REPR = 300

Model = TypeVar("Model", bound="Section")


class Section(pydantic.BaseModel):
    """A block of a case file, or of arguments; unknown keys are refused.

    Made in Python, it takes text with its unit, pint quantities or numbers in SI.

    Raises:
        InputError: A value is unknown, out of range or of another unit; the message names the
            argument.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, defer_build=True)

    def __init__(self, **arguments: Any) -> None:
        try:
            super().__init__(**arguments)
        except pydantic.ValidationError as error:
            raise argument_error(type(self), error) from None

    def __repr__(self) -> str:
        """What was given, in the units that people read; the rest has its default."""
        said = []
        for parameter in parameters_of(type(self)).values():
            section = getattr(self, parameter.section) if parameter.section else self
            if isinstance(section, Section) and parameter.key in section.model_fields_set:
                value = getattr(section, parameter.key)
                if isinstance(value, float):
                    value = f"{parameter.in_column_unit(value):g} {parameter.unit.text}".rstrip()
                said.append(f"{parameter.argument}={value}")
        for name in type(self).model_fields:
            law = getattr(getattr(self, name), "law", None)
            if law is not None:
                said.append(f"{name}={type(law).__name__}")
        text = f"{type(self).__name__}({', '.join(said)})"
        return text if len(text) < _LONGEST_REPR else text[: _LONGEST_REPR - 5] + "...)"

    __str__ = __repr__

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise InputError(
                "cannot be changed", field=f"{name}=",
                expected=f"another {type(self).__name__} made with it",
            )  # fmt: skip
        super().__setattr__(name, value)

    # files and options are validated without it: their messages have other names
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


def default(value: Any, description: str) -> Any:
    """Default of a parameter, as a file would say it, and what it is and where it is from."""
    return pydantic.Field(default=value, description=description)


def from_options(model: type[Model], options: Mapping[str, object]) -> Model:
    """A section out of options of the command line, by key; those not given are left out.

    Raises:
        InputError: An option is out of range; the message names it.
    """
    try:
        return model.model_validate(dict(options), context=Door.OPTION)
    except pydantic.ValidationError as error:
        raise option_error(model, error) from None
