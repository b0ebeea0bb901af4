# SPDX-License-Identifier: BSD-3-Clause
"""Command-line options turned into the same checked sections as those of a case file."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from interfacefem.parameters.sampling import Sampling
from interfacefem.parameters.section import from_options

if TYPE_CHECKING:
    from interfacefem.cli import SamplingOptions


def sampling_from_options(options: SamplingOptions) -> Sampling:
    """The sampling section that the options describe.

    Raises:
        InputError: An option is out of range; the message names it.
    """
    given = {
        name: value for name, value in dataclasses.asdict(options).items() if value is not None
    }
    return from_options(Sampling, given)
