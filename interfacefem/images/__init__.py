# SPDX-License-Identifier: BSD-3-Clause
"""Micrographs: reading, cleaning, phases, and interface profiles."""

from interfacefem.images.extraction import ExtractedProfile, Extraction, extract_profiles
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.reading import read_micrograph

__all__ = [
    "ExtractedProfile",
    "Extraction",
    "Micrograph",
    "extract_profiles",
    "read_micrograph",
]
