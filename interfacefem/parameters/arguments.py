# SPDX-License-Identifier: BSD-3-Clause
"""Sections out of flat arguments, as Python gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic

from interfacefem.parameters.names import Parameter, parameters_of, section_of


def parameters_by_argument(model: type[pydantic.BaseModel]) -> Mapping[str, Parameter]:
    """Parameters of a model by what Python calls them."""
    return {parameter.argument: parameter for parameter in parameters_of(model).values()}


def sections_from_arguments(
    model: type[pydantic.BaseModel], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments sorted into the sections of a model.

    Args:
        model: Holds the sections.
        given: Values by argument, and sections by their own name.

    Returns:
        Content of each section. What is unknown is left beside them, for the model to refuse.
    """
    by_argument = parameters_by_argument(model)
    content: dict[str, Any] = {}
    for name, value in given.items():
        parameter = by_argument.get(name)
        if parameter is None or not parameter.section or name in model.model_fields:
            content[name] = _content_of(model, name, value)
    for name, value in given.items():
        parameter = by_argument.get(name)
        if parameter is not None and parameter.section and name not in model.model_fields:
            section = content.setdefault(parameter.section, {})
            if isinstance(section, dict):
                section[parameter.key] = value
    return content


def _content_of(model: type[pydantic.BaseModel], name: str, value: Any) -> Any:
    """A section as its keys, so that arguments can be put into it; any other value as it is."""
    info = model.model_fields.get(name)
    section = None if info is None else section_of(info.annotation)
    if section is None:
        return value
    if isinstance(value, section):
        law = getattr(value, "law", None)
        own = {} if law is None else {"law": law}
        return own | {key: getattr(value, key) for key in value.model_fields_set}
    if isinstance(value, Mapping):
        return dict(value)
    from_object = getattr(section, "from_object", None)
    return value if from_object is None else from_object(value) or value
