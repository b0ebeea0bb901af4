# SPDX-License-Identifier: BSD-3-Clause
"""What a parameter says about itself, beside its default and where that is from.

A section declares a parameter once, as ``Annotated[float, Quantity(...)] = Field(default, ...)``;
files, options, arguments, sweeps, columns, labels and the schema are made from that.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from interfacefem.errors import InputError
from interfacefem.parameters.door import Door
from interfacefem.units import PURE_NUMBER, Unit, parse_quantity

_ROUNDING = 1e-12  # 1e-15 mS/cm in S/m, over the S/m in a mS/cm, is not quite 1e-15


@dataclass(frozen=True, kw_only=True)
class Named:
    """Names of a parameter that are not made from its section and key.

    Attributes:
        sweep: Name for ``--sweep``; None: cannot be swept.
        column: Name in tables without its unit; None: section and key.
        label: In figures, without its unit; None: the column's name.
        option: On the command line, where it is not the key.
    """

    sweep: str | None = None
    column: str | None = None
    label: str | None = None
    option: str | None = None

    @property
    def read_in(self) -> Unit:
        """The unit that people read."""
        return PURE_NUMBER

    @property
    def form(self) -> str:
        """What may be given, in a few words for help texts."""
        return ""


@dataclass(frozen=True, kw_only=True)
class Declaration(Named):
    """What is common to parameters that are read by rules of their own."""

    # whether the option may be given several times
    repeated: ClassVar[bool] = False

    def read(self, value: object, door: Door) -> Any:
        """The value inside of what was given.

        Raises:
            ValueError: It is none, or out of range; what was found and what is expected.
        """
        raise NotImplementedError

    def json_schema(self) -> dict[str, Any]:
        """JSON schema of what a file may say."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        optional = type(None) in get_args(source)

        def read(value: object, info: core_schema.ValidationInfo) -> Any:
            return None if optional and value is None else self.read(value, Door.of(info.context))

        return core_schema.with_info_plain_validator_function(read, metadata={"optional": optional})

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        own = self.json_schema()
        optional = schema.get("metadata", {}).get("optional")
        return {"anyOf": [own, {"type": "null"}]} if optional else own


@dataclass(frozen=True, kw_only=True)
class Bounded(Declaration):
    """A number within bounds.

    Attributes:
        above: Exclusive lower bound, in the unit that people read, like all bounds.
        at_least: Inclusive lower bound.
        below: Exclusive upper bound.
        at_most: Inclusive upper bound.
        infinite: Whether infinity may be given.
        words: Texts that may be given instead, and what they stand for.
    """

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    infinite: bool = False
    words: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def holds(self, number: float) -> bool:
        """Whether a number, in the unit that people read, is within the bounds."""
        return (
            (self.infinite or not math.isinf(number))
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
            and (self.at_least is None or number >= self.at_least - _slack(self.at_least))
            and (self.at_most is None or number <= self.at_most + _slack(self.at_most))
            and not math.isnan(number)
        )

    def range_text(self, unit: str = "") -> str:
        """The bounds in words, with a unit."""
        bounds = [
            f"{words} {bound:g}"
            for words, bound in (
                ("more than", self.above), ("at least", self.at_least),
                ("less than", self.below), ("at most", self.at_most),
            )
            if bound is not None
        ]  # fmt: skip
        if not bounds:
            return "a finite number" + (f" in {unit}" if unit else "")
        return " and ".join(bounds) + (f" {unit}" if unit else "")

    def _bounds_schema(self) -> dict[str, float]:
        keys = ("exclusiveMinimum", "minimum", "exclusiveMaximum", "maximum")
        bounds = (self.above, self.at_least, self.below, self.at_most)
        return {key: bound for key, bound in zip(keys, bounds, strict=True) if bound is not None}

    def _with_words(self, schema: dict[str, Any]) -> dict[str, Any]:
        if not self.words:
            return schema
        return {"anyOf": [{"enum": list(self.words), "type": "string"}, schema]}

    def _or_words(self, text: str) -> str:
        return " or ".join(part for part in (", ".join(self.words), text) if part)


@dataclass(frozen=True)
class Quantity(Bounded):
    """A quantity with a unit; its value inside is in SI.

    Attributes:
        unit: That people read; bounds are in it.
        example: A valid entry, for messages and the schema.
    """

    unit: Unit
    example: str

    @property
    def read_in(self) -> Unit:
        return self.unit

    @property
    def form(self) -> str:
        return self._or_words(f'such as "{self.example}"')

    def read(self, value: object, door: Door) -> Any:
        if isinstance(value, str) and value in self.words:
            return self.words[value]
        number = self._in_si(value, door)
        if not self.holds(number / self.unit.factor):
            problem = "is not finite" if math.isinf(number) else "out of range"
            expected = f'{self.range_text(self.unit.text)}, such as "{self.example}"'
            found = shown(value)
            if isinstance(value, numbers.Real) and self.unit.si:
                found += f" {self.unit.si}"
            raise ValueError(f"{problem}; found {found}; expected {expected}")
        return number

    def _in_si(self, value: object, door: Door) -> float:
        if door is Door.ARGUMENT and not isinstance(value, str):
            return self._from_python(value)
        if isinstance(value, float) and value == math.inf:
            value = "inf"  # YAML reads .inf as a number
        try:
            return parse_quantity(value, unit=self.unit.si, example=self.example)
        except InputError as error:
            raise ValueError(str(error)) from None

    def _from_python(self, value: Any) -> float:
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
            value = value.item()  # an array without axes
        si = f" in {self.unit.si}" if self.unit.si else ""
        expected = f'expected text such as "{self.example}", a pint quantity, or a number{si}'
        if hasattr(value, "to") and hasattr(value, "magnitude"):
            try:
                value = float(value.to(self.unit.si or "dimensionless").magnitude)
            except Exception:  # pint's errors belong to the registry that the caller chose
                raise ValueError(
                    f"has the wrong dimension; found {shown(value)}; {expected}"
                ) from None
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ValueError(f"is no quantity; found {shown(value)}; {expected}")
        return float(value)

    def json_schema(self) -> dict[str, Any]:
        expected = self._or_words(self.range_text(self.unit.text))
        return {
            "type": "string", "examples": [self.example], "unit": self.unit.text,
            "si_unit": self.unit.si, "range": expected + (", or inf" if self.infinite else ""),
        }  # fmt: skip


@dataclass(frozen=True)
class Number(Bounded):
    """A number without a unit, or in one that is no physical unit.

    Attributes:
        of: What is counted, such as pixels.
    """

    of: str = ""

    @property
    def form(self) -> str:
        return self._or_words(self.range_text(self.of))

    def read(self, value: object, door: Door) -> Any:
        if isinstance(value, str) and value in self.words:
            return self.words[value]
        number = number_of(
            value, self._or_words(f"a number of {self.of}" if self.of else "a number")
        )
        if not self.holds(number):
            raise ValueError(
                f"out of range; found {shown(value)}; expected "
                + self._or_words(self.range_text(self.of))
            )
        return number

    def json_schema(self) -> dict[str, Any]:
        return self._with_words({"type": "number", **self._bounds_schema()})


@dataclass(frozen=True)
class Whole(Bounded):
    """A whole number."""

    @property
    def form(self) -> str:
        unbounded = (self.above, self.at_least, self.below, self.at_most) == (None,) * 4
        return "a whole number" if unbounded else f"a whole number, {self.range_text()}"

    def read(self, value: object, door: Door) -> Any:
        if isinstance(value, str) and value in self.words:
            return self.words[value]
        number = whole_number(value)
        if not self.holds(number):
            raise ValueError(
                f"out of range; found {shown(value)}; expected a whole number, {self.range_text()}"
            )
        return number

    def json_schema(self) -> dict[str, Any]:
        return self._with_words({"type": "integer", **self._bounds_schema()})


@dataclass(frozen=True, kw_only=True)
class Numbers(Bounded):
    """A list of numbers, each within the bounds, or text such as "0.3,0.7".

    Attributes:
        fewest: Numbers at least.
        most: Numbers at most.
        whole: Whether they are whole.
        distinct: Whether none may be there twice.
        what: One of them in words, with an example of the list.
    """

    fewest: int = 1
    most: int | None = None
    whole: bool = False
    distinct: bool = False
    what: str

    @property
    def form(self) -> str:
        return self._or_words(self.what)

    def read(self, value: object, door: Door) -> Any:
        if isinstance(value, str) and value in self.words:
            return self.words[value]
        parts: list[object]
        if isinstance(value, str):
            parts = list(value.split(","))
        elif isinstance(value, Iterable) and not isinstance(value, Mapping):
            parts = list(value)
        else:
            parts = []
        expected = self._or_words(self.what)
        if len(parts) < self.fewest or (self.most is not None and len(parts) > self.most):
            raise ValueError(f"cannot be read; found {shown(value)}; expected {expected}")
        read = whole_number if self.whole else number_of
        try:
            found = tuple(read(part) for part in parts)
        except ValueError:
            raise ValueError(f"cannot be read; found {shown(value)}; expected {expected}") from None
        if not all(self.holds(number) for number in found):
            raise ValueError(f"out of range; found {shown(value)}; expected {expected}")
        if self.distinct and len(set(found)) < len(found):
            raise ValueError(f"names one twice; found {shown(value)}; expected {expected}")
        return found

    def json_schema(self) -> dict[str, Any]:
        of = {"type": "integer" if self.whole else "number", **self._bounds_schema()}
        counts = {"minItems": self.fewest} | ({} if self.most is None else {"maxItems": self.most})
        return self._with_words({"type": "array", "items": of, **counts})


def number_of(value: object, expected: str = "a number") -> float:
    """A finite number out of what a file, an option or Python says.

    Raises:
        ValueError: It is none.
    """
    number = _as_float(value)
    if number is None or not math.isfinite(number):
        raise ValueError(f"is not a number; found {shown(value)}; expected {expected}")
    return number


def whole_number(value: object) -> int:
    """A whole number out of what a file, an option or Python says; 5.0 is one, 5.9 is none.

    Raises:
        ValueError: It is none.
    """
    number = _as_float(value)
    if number is None or not number.is_integer():
        raise ValueError(f"is not a whole number; found {shown(value)}; expected such as 5")
    return int(number)


def _as_float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | numbers.Real):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def entries_of(given: Any) -> list[Any] | None:
    """What a list, a tuple, an array or the like holds; None where it is one value."""
    if isinstance(given, str | bytes | Mapping | Set):
        return None
    try:
        len(given)
        return list(given)
    except TypeError:  # arrays without axes have a length that fails
        return None


def shown(given: object) -> str:
    """What was given, as messages show it."""
    text = f'"{given}"' if isinstance(given, str) else str(given)
    return text if len(text) <= 60 else text[:57] + "..."


def _slack(bound: float) -> float:
    return _ROUNDING * abs(bound)
