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
