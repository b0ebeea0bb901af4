# SPDX-License-Identifier: BSD-3-Clause
"""Command-line options turned into the same checked sections as those of a case file."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pydantic

from interfacefem.errors import InputError
from interfacefem.parameters.case_file import Sampling
from interfacefem.parameters.yaml_input import describe_problem

if TYPE_CHECKING:
    from interfacefem.cli import SamplingOptions

_LISTS_OF_INTEGERS = ("crop", "phases")
_LISTS_OF_NUMBERS = ("positions", "threshold")
_NUMBERS = ("rotation",)
_EXPECTED = {
    "crop": 'four whole numbers "row0,row1,column0,column1", or none',
    "phases": "whole numbers such as 1,2",
    "positions": "fractions of the image's height such as 0.3,0.4,0.5,0.6,0.7",
    "rotation": "an angle in degrees, or auto",
    "threshold": "otsu, multi-otsu, local, or grey values such as 0.3,0.7",
}


def sampling_from_options(options: SamplingOptions) -> Sampling:
    """The sampling section that the options describe.

    Raises:
        InputError: An option is out of range; the message names it.
    """
    given = {
        name: _parsed(name, value)
        for name, value in dataclasses.asdict(options).items()
        if value is not None
    }
    try:
        return Sampling.model_validate(given)
    except pydantic.ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0])
        message, found, expected = describe_problem(problem, Sampling)
        if name in _EXPECTED:
            message, found, expected = "cannot be read", None, _EXPECTED[name]
        option = "--" + name.replace("_", "-")
        if found is None and "found" not in message:
            found = f'"{getattr(options, name)}"'
        raise InputError(message, field=option, found=found, expected=expected) from None


def _parsed(name: str, value: object) -> object:
    """Lists and numbers out of text; a word stays a word, to be checked by the section."""
    if not isinstance(value, str):
        return value
    if name in _LISTS_OF_INTEGERS:
        return _numbers(value, int)
    if name in _LISTS_OF_NUMBERS:
        return _numbers(value, float)
    if name in _NUMBERS:
        parsed = _numbers(value, float)
        return parsed[0] if isinstance(parsed, list) and len(parsed) == 1 else value
    return value


def _numbers(text: str, kind: type[int] | type[float]) -> list[float] | str:
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        return text
