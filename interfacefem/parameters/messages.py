# SPDX-License-Identifier: BSD-3-Clause
"""What is wrong with a section, in the words of whoever gave it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import pydantic

from interfacefem.errors import InputError
from interfacefem.parameters.declaration import shown
from interfacefem.parameters.door import Door, option_name
from interfacefem.parameters.names import parameters_of

# keys of older files, and what is said instead
RETIRED = {
    "window_width": (
        "is no longer there: sections are solved whole, and extremes read over windows of one "
        "length",
        "reference_length (--reference-length), the length of those windows",
    )
}


def argument_error(model: type[pydantic.BaseModel], error: pydantic.ValidationError) -> InputError:
    """An error that names the argument of Python."""
    problem = most_telling(error)
    location = key_path(problem)
    message, found, expected = describe_problem(problem, model, Door.ARGUMENT)
    if problem["type"] == "extra_forbidden" and location[-1] not in RETIRED:
        return InputError(
            "no such argument",
            field=f"{location[-1]}=",
            expected=_nearest_argument(model, location),
        )
    return InputError(message, field=_argument_at(model, location), found=found, expected=expected)


def option_error(model: type[pydantic.BaseModel], error: pydantic.ValidationError) -> InputError:
    """An error that names the option of the command line."""
    problem = most_telling(error)
    location = key_path(problem)
    message, found, expected = describe_problem(problem, model, Door.OPTION)
    parameter = parameters_of(model).get(location[0]) if location else None
    field = parameter.option if parameter else option_name(location[0]) if location else None
    return InputError(message, field=field, found=found, expected=expected)


def key_path(problem: Any) -> list[str]:
    """Keys on the way to what is wrong, without pydantic's names of alternatives."""
    return [str(part) for part in problem["loc"] if not re.search(r"[\[\]()]", str(part))]


def describe_problem(
    problem: Any, model: type[pydantic.BaseModel], door: Door = Door.FILE
) -> tuple[str, object, str | None]:
    """Message, what was found and what is expected, of one of pydantic's errors.

    Args:
        problem: One of them.
        model: What was validated.
        door: How it was given: what sections call ``{key}`` in their messages is called so.
    """
    location = key_path(problem)
    kind, given = problem["type"], problem["input"]
    if kind == "extra_forbidden" and location[-1] in RETIRED:
        message, expected = RETIRED[location[-1]]
        return message, shown(given), expected
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        nearest = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
        hint = f'"{nearest[0]}"' if nearest else "one of " + ", ".join(known)
        return "unknown key", f'"{location[-1]}"', hint
    if kind == "model_type" and door is Door.ARGUMENT:
        law = ", or a law with current_density(overpotential)" if location == ["kinetics"] else ""
        return "is no section", shown(given), "its parameters by name, or a mapping of them" + law
    if kind == "model_type" and given is None:
        return "the section is empty", None, "keys and values below it, or no such line"
    if kind == "path_type":
        return "is no name of a file", shown(given), 'a name, such as "line.csv"'
    if kind == "missing":
        return "the key is missing", None, None
    if kind == "value_error" and isinstance(problem["ctx"]["error"], ValueError):
        # our own validators say what was found and expected
        return _named(str(problem["ctx"]["error"]), model, location, door), None, None
    return problem["msg"][0].lower() + problem["msg"][1:], shown(given), None


def most_telling(error: pydantic.ValidationError) -> Any:
    """The problem to speak of: an unknown key often explains why another is missing."""
    return min(error.errors(), key=lambda entry: entry["type"] != "extra_forbidden")


def _named(text: str, model: type[pydantic.BaseModel], location: list[str], door: Door) -> str:
    """A message in which ``{key}`` is what the user calls that parameter."""
    known = parameters_of(model)

    def name(found: re.Match[str]) -> str:
        key = found[1]
        parameter = known.get(".".join([*location[:1], key])) or known.get(key)
        if parameter is None:
            return found[0]
        return key if door is Door.FILE else parameter.called(door)

    return re.sub(r"\{([a-z_]+)\}", name, text)


def _argument_at(model: type[pydantic.BaseModel], location: list[str]) -> str | None:
    known = parameters_of(model)
    for length in (2, 1):
        parameter = known.get(".".join(location[:length]))
        if parameter is not None and len(location) >= length:
            rest = "".join(
                f"[{part}]" if part.isdigit() else f".{part}" for part in location[length:]
            )
            return f"{parameter.argument}{rest}="
    return f"{'.'.join(location)}=" if location else None


def _nearest_argument(model: type[pydantic.BaseModel], location: list[str]) -> str:
    *sections, name = location
    if sections:
        known = _keys_at(model, sections)
        alike: list[str] = []
    else:
        by_argument = {entry.argument: entry for entry in parameters_of(model).values()}
        known = list(dict.fromkeys((*by_argument, *model.model_fields)))
        # a name that two sections share carries its section
        alike = [argument for argument, entry in by_argument.items() if entry.key == name]
    nearest = alike or difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return " or ".join(nearest) if nearest else "one of " + ", ".join(known)


def _keys_at(model: type[pydantic.BaseModel], location: list[str]) -> list[str]:
    for name in location:
        if name.isdigit():
            continue  # a place in a list of sections
        if name not in model.model_fields:
            continue  # a key of a mapping to sections
        model = next(_sections_in(model.model_fields[name].annotation))
    return list(model.model_fields)


def _sections_in(annotation: Any) -> Iterator[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _sections_in(part)
