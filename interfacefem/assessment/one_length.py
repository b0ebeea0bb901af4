# SPDX-License-Identifier: BSD-3-Clause
"""Images that are compared are read over one length: told before any is solved."""

from __future__ import annotations

from collections.abc import Iterable

from interfacefem.assessment.image import ImageProfiles
from interfacefem.parameters.sampling import TRAN2025
from interfacefem.statistics.one_length import require_one_length


def require_one_length_of(images: Iterable[ImageProfiles], field: str) -> None:
    """Refuse images that were traced and would be read over different lengths.

    Raises:
        InputError: They would be read over different lengths.
    """
    require_one_length(
        [
            (
                str(one.micrograph.source),
                min(
                    one.sampling.reference_length,
                    *(section.profile.width for section in one.extraction.profiles),
                ),
            )
            for one in images
            if one.sampling.protocol != TRAN2025  # whose models are of one width
        ],
        field,
    )
