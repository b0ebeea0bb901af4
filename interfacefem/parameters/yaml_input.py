# SPDX-License-Identifier: BSD-3-Clause
"""Reading a YAML file into a validated model, with messages that name file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml  # type: ignore[import-untyped]

from interfacefem.errors import CaseError
from interfacefem.files import read_text_file
from interfacefem.parameters.door import Door
from interfacefem.parameters.messages import describe_problem, key_path, most_telling

_DEEPEST = 10
MOST_YAML = 4_000_000  # bytes
# libyaml's parser where PyYAML has it: some twenty times faster
SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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
    text = read_text_file(path, CaseError, "a YAML file", most_bytes=MOST_YAML)
    try:
        _refuse_tricks(path, text)
        tree = yaml.compose(text, Loader=SafeLoader)
        content = None if tree is None else SafeLoader("").construct_document(tree)
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
        return model.model_validate(content, context=Door.FILE)
    except pydantic.ValidationError as error:
        raise _case_error(path, tree, model, error) from None


def _refuse_tricks(path: Path, text: str) -> None:
    """Refuse what no case needs and what can make a small file endless: aliases, deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=SafeLoader):
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
    problem = most_telling(error)
    location = key_path(problem)
    key = ".".join(location)
    line = _line_of(tree, location)
    field = f"line {line}: {key}" if line and key else key or None
    message, found, expected = describe_problem(problem, model)
    if len(problems) > 1:
        message += f" (and {len(problems) - 1} more problems)"
    return CaseError(message, file=path, field=field, found=found, expected=expected)


def line_of_key(path: Path, *location: str | int) -> int | None:
    """Line of the deepest key on the way to ``location`` in a YAML file."""
    tree = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=SafeLoader)
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
