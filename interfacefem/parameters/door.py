# SPDX-License-Identifier: BSD-3-Clause
"""The ways in which a parameter is given, each of which has its own name for it."""

from __future__ import annotations

import enum


class Door(enum.Enum):
    """Who gives a parameter, and so how it may be written and how messages call it."""

    FILE = "file"
    """A case or study file: ``electrolyte.conductivity``; a quantity is text with its unit."""
    OPTION = "option"
    """The command line: ``--conductivity``; everything is text."""
    ARGUMENT = "argument"
    """Python: ``conductivity=``; a quantity is text, a pint quantity, or a number in SI."""

    @staticmethod
    def of(context: object) -> Door:
        """The door that a validation was told of; what is made in Python tells none."""
        return context if isinstance(context, Door) else Door.ARGUMENT


def option_name(key: str) -> str:
    """What the command line calls a parameter."""
    return "--" + key.replace("_", "-")
