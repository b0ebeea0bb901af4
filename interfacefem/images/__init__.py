# SPDX-License-Identifier: BSD-3-Clause
"""Micrographs: reading, pixel size, cleaning, the interface as sections.

In: an image file and how it is sampled. Out: a ``Micrograph`` and the sections traced in it, each
a ``Profile`` with its quality. Called by the front door (``trace``), ``assessment`` and studies.
"""

from interfacefem.images.attempt import Attempt, NoLineError
from interfacefem.images.extraction import extract_profiles
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.reading import read_micrograph
from interfacefem.images.traced import ExtractedProfile, Extraction, attempt_of

__all__ = [
    "Attempt",
    "ExtractedProfile",
    "Extraction",
    "Micrograph",
    "NoLineError",
    "attempt_of",
    "extract_profiles",
    "read_micrograph",
]
