# SPDX-License-Identifier: BSD-3-Clause
"""A triangulation whose interface the metal touches in part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from interfacefem.meshing.triangulation import NO_CONTACT_TAG, Boundary, Triangulation
from interfacefem.surfaces.contact_mask import ContactMask


def limit_contact(triangulation: Triangulation, contact: ContactMask) -> Triangulation:
    """Tag the edges of the interface that the metal does not touch.

    An edge touches if its middle does; refined meshes inherit that from the edge.

    Args:
        triangulation: The mesh.
        contact: In arc length along its interface.

    Rank-local: call on one rank.
    """
    nodes = triangulation.interface_nodes
    along = triangulation.interface_arc_length
    arc_length = np.full(len(triangulation.points), np.nan)
    arc_length[nodes] = along
    tags = triangulation.edge_tags.copy()
    interface = np.flatnonzero(tags == Boundary.INTERFACE)
    middles = arc_length[triangulation.edges[interface]].mean(axis=1)
    tags[interface[~contact.touches(middles)]] = NO_CONTACT_TAG
    return replace(triangulation, edge_tags=tags)
