# SPDX-License-Identifier: BSD-3-Clause
"""Reading a YAML file into a validated model, with messages that name file, line and key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml  # type: ignore[import-untyped]

from interfacefem.errors import CaseError
from interfacefem.files import read_text_file

_DEEPEST = 10
Model = TypeVar("Model", bound=pydantic.BaseModel)


def read_yaml(
    path: str | Path, model: type[Model], *, example: str = "load: {pressure: 50 MPa}"
) -> Model:
    """Read a YAML file and validate it.

    Args:
        path: The file.
        model: What the file may say.
        example: A line of such a file, shown where there is none.

    Raises:
        CaseError: One line that names the file, the line, the key, what was found and what is
            expected.
    """
    path = Path(path)
    text = read_text_file(path, CaseError, "a YAML file")
    try:
        _refuse_tricks(path, text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else None
        problem = getattr(error, "problem", None) or str(error)
        raise CaseError(f"not valid YAML: {problem}", file=path, field=place) from None
    except (ValueError, OverflowError) as error:
        # values that YAML's own types cannot hold, such as a thirteenth month
        raise CaseError(f"not valid YAML: {error}", file=path) from None
    if not isinstance(content, dict):
        raise CaseError(
            "does not hold keys and values", file=path, expected=f"lines such as '{example}'"
        )
    _refuse_repeated_keys(path, tree)
    try:
        return model.model_validate(content)
    except pydantic.ValidationError as error:
        raise _case_error(path, tree, model, error) from None


def _refuse_tricks(path: Path, text: str) -> None:
    """Refuse what no case needs and what can make a small file endless: aliases, deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = f"line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent):
            raise CaseError(
                "aliases are not understood",
                file=path,
                field=place,
                found=f'"*{event.anchor}"',
                expected="the values themselves, written out",
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise CaseError("is nested too deeply", file=path, field=place)


def _refuse_repeated_keys(path: Path, node: yaml.Node) -> None:
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_repeated_keys(path, child)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            place = f"line {key.start_mark.line + 1}: {key.value}"
            raise CaseError("the key is given twice", file=path, field=place)
        seen.add(key.value)
        _refuse_repeated_keys(path, value)


def _case_error(
    path: Path, tree: yaml.Node, model: type[pydantic.BaseModel], error: pydantic.ValidationError
) -> CaseError:
    problems = error.errors()
    # an unknown key often explains why another is missing
    problem = min(problems, key=lambda entry: entry["type"] != "extra_forbidden")
    location = key_path(problem)
    key = ".".join(location)
    line = _line_of(tree, location)
    field = f"line {line}: {key}" if line and key else key or None
    message, found, expected = describe_problem(problem, model)
    if len(problems) > 1:
        message += f" (and {len(problems) - 1} more problems)"
    return CaseError(message, file=path, field=field, found=found, expected=expected)


def key_path(problem: Any) -> list[str]:
    """Keys on the way to what is wrong, without pydantic's names of alternatives."""
    return [str(part) for part in problem["loc"] if not re.search(r"[\[\]()]", str(part))]


def describe_problem(
    problem: Any, model: type[pydantic.BaseModel]
) -> tuple[str, object, str | None]:
    """Message, what was found and what is expected, of one of pydantic's errors."""
    location = key_path(problem)
    kind, given = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        nearest = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
        hint = f'"{nearest[0]}"' if nearest else "one of " + ", ".join(known)
        return "unknown key", f'"{location[-1]}"', hint
    if kind == "model_type" and given is None:
        return "the section is empty", None, "keys and values below it, or no such line"
    if kind == "path_type":
        return "is no name of a file", _shown(given), 'a name, such as "line.csv"'
    if kind == "missing":
        return "the key is missing", None, None
    if kind == "value_error" and isinstance(problem["ctx"]["error"], ValueError):
        # our own validators say what was found and expected
        return str(problem["ctx"]["error"]), None, None
    return problem["msg"][0].lower() + problem["msg"][1:], _shown(given), None


def _shown(given: object) -> str:
    text = f'"{given}"' if isinstance(given, str) else str(given)
    return text if len(text) <= 60 else text[:57] + "..."


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


def line_of_key(path: Path, *location: str | int) -> int | None:
    """Line of the deepest key on the way to ``location`` in a YAML file."""
    tree = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    return _line_of(tree, [str(part) for part in location])


def _line_of(node: yaml.Node, location: list[str]) -> int | None:
    """Line of the deepest key on the way to ``location`` that stands in the file."""
    line = None
    for name in location:
        if isinstance(node, yaml.SequenceNode) and name.isdigit():
            if int(name) >= len(node.value):
                break  # an entry is missing
            node = node.value[int(name)]
            line = node.start_mark.line + 1
            continue
        if not isinstance(node, yaml.MappingNode):
            break
        for key, value in node.value:
            if key.value == name:
                line, node = key.start_mark.line + 1, value
                break
        else:
            break
    return line
