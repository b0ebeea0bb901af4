# SPDX-License-Identifier: BSD-3-Clause
"""Parameter sets of materials, each value with its source or the word "assumed".

In: the name of a set, a YAML file here. Out: what a section of a cell does not say itself. Called
by ``parameters`` as it reads a cell, and by ``materials``.
"""

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
