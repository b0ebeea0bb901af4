# SPDX-License-Identifier: BSD-3-Clause
"""Parameter sets of materials, each value with its source or the word "assumed"."""

from interfacefem.materials.parameter_set import (
    MaterialParameter,
    MaterialParameters,
    fill_from_material,
    material_names,
    read_material,
)

__all__ = [
    "MaterialParameter",
    "MaterialParameters",
    "fill_from_material",
    "material_names",
    "read_material",
]
