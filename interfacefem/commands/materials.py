# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem materials``."""

from __future__ import annotations

from interfacefem.commands.arguments import Flag


def materials(name: str | None = None, *, json: Flag = False) -> None:
    """List the parameter sets of materials, each value with its source (docs/plasticity.md).

    Parameters
    ----------
    name:
        One material, such as LPSCl; default: all.
    json:
        Print one JSON object instead of tables.
    """
    run(name, json)


def run(name: str | None, json: bool) -> None:
    """Print parameter sets with their sources.

    Args:
        name: One material; None for all.
        json: One JSON object instead of tables.

    Raises:
        InputError: There is no such material.
    """
    from interfacefem.commands.printing import print_json, print_table
    from interfacefem.materials import material_names, read_material

    materials = [read_material(one) for one in (material_names() if name is None else [name])]
    if json:
        print_json(
            {
                material.name: {
                    "description": material.description,
                    **{
                        key: {
                            "value": parameter.text,
                            "value_SI": parameter.value,
                            "source": parameter.source,
                            "assumed": parameter.assumed,
                        }
                        for key, parameter in material.parameters.items()
                    },
                }
                for material in materials
            }
        )
        return
    for material in materials:
        print_table(
            f"{material.name}: {material.description}",
            ("parameter", "value", "source"),
            [
                (key, parameter.text, parameter.source)
                for key, parameter in material.parameters.items()
            ],
        )
