# SPDX-License-Identifier: BSD-3-Clause
"""One line of the table that ``interfacefem verify`` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ORDER_TOLERANCE = 0.3


@dataclass(frozen=True)
class VerificationRow:
    """One number of the program beside the number it should be.

    Attributes:
        name: The reference problem.
        quantity: What is compared.
        unit: Its unit; empty for pure numbers.
        value: What the program found.
        exact: What it should be; None where the check is a bound on ``value`` itself.
        error: ``|value - exact|``, over ``|exact|`` if ``error_is`` says so.
        error_is: ``"absolute"`` (in ``unit``) or ``"relative"`` (no unit).
        tolerance: Largest error that passes.
        order: Observed order of convergence, for a sequence of meshes.
        expected_order: What theory says; ``order`` passes within 0.3 of it.
        passed: Whether error and order are as they should be.
    """

    name: str
    quantity: str
    unit: str
    value: float
    exact: float | None
    error: float
    error_is: Literal["absolute", "relative"]
    tolerance: float
    order: float | None
    expected_order: float | None
    passed: bool


def absolute_row(
    name: str, quantity: str, unit: str, value: float, exact: float, tolerance: float
) -> VerificationRow:
    """A row whose error is ``|value - exact|``."""
    error = abs(value - exact)
    return VerificationRow(
        name, quantity, unit, value, exact, error, "absolute", tolerance, None, None,
        passed=bool(error <= tolerance),
    )  # fmt: skip


def relative_row(
    name: str, quantity: str, unit: str, value: float, exact: float, tolerance: float
) -> VerificationRow:
    """A row whose error is ``|value/exact - 1|``."""
    error = abs(value / exact - 1)
    return VerificationRow(
        name, quantity, unit, value, exact, error, "relative", tolerance, None, None,
        passed=bool(error <= tolerance),
    )  # fmt: skip


def bounded_row(
    name: str, quantity: str, unit: str, value: float, largest: float
) -> VerificationRow:
    """A row whose value itself must not exceed a bound."""
    return VerificationRow(
        name, quantity, unit, value, None, value, "absolute", largest, None, None,
        passed=bool(value <= largest),
    )  # fmt: skip


def order_row(
    name: str,
    quantity: str,
    unit: str,
    error: float,
    order: float,
    expected_order: float,
    tolerance: float,
) -> VerificationRow:
    """The error on the finest of a sequence of meshes and the order over the last two."""
    return VerificationRow(
        name, quantity, unit, error, None, error, "absolute", tolerance, order, expected_order,
        passed=bool(error <= tolerance and abs(order - expected_order) <= ORDER_TOLERANCE),
    )  # fmt: skip
