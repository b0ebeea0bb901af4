# SPDX-License-Identifier: BSD-3-Clause
"""Run under mpirun by test_contact_snes.py: presses bodies on all ranks, prints numbers as JSON."""

from __future__ import annotations

import json
import sys

import numpy as np

from interfacefem.contact.block_contact import BlockContact
from interfacefem.contact.flat_block import BlockPress
from interfacefem.contact.plane_strain_body import PlaneStrainBody, vertical_compression_at_depth
from interfacefem.contact.plastic_material import VonMisesMaterial
from interfacefem.contact.unilateral import UnilateralContact
from interfacefem.mpi import MPI
from interfacefem.reference.plasticity_checks import flat_body, half_wave, wave_gap
from interfacefem.units import UM

COMM = MPI.COMM_WORLD


def numbers(contact: BlockContact, surface_nodes: int, stress: float = 1.0) -> dict[str, object]:
    """What must not depend on the ranks."""
    found = (contact.p_max, contact.contact_fraction, contact.approach)
    # symmetric in the pressures alone: nodes at one x may come in any order
    fingerprint = float(np.sum(contact.pressure * np.cos(contact.x / UM) * contact.weights))
    return {
        "p_max": contact.p_max,
        "contact_fraction": contact.contact_fraction,
        "approach": contact.approach,
        "fingerprint": fingerprint,
        "stress": stress,
        "surface_nodes": COMM.allgather(surface_nodes),
        "same_on_all_ranks": len(set(COMM.allgather((*found, fingerprint, stress)))) == 1,
    }


def main() -> None:
    """Three bodies: a wave, a tower whose surface one rank does not see, a wave that yields."""
    results = {}
    domain = half_wave(COMM, edges=32)
    press = UnilateralContact(domain, 24e9, 0.37, wave_gap)
    results["wave"] = numbers(press.press(200e6), len(press.nodes.x))

    tower = flat_body(COMM, np.array([0.0, 1.0]) * UM, 30 * UM, 6, growth=0.1)
    press = UnilateralContact(tower, 24e9, 0.37, lambda points: 0.1 * UM * (points[:, 0] / UM) ** 2)
    results["tower"] = numbers(press.press(50e6), len(press.nodes.x))

    body = PlaneStrainBody(domain.mesh, VonMisesMaterial(24e9, 0.37, 0.2e9))
    block = BlockPress(domain, body, wave_gap)
    contact = block.press(150e6)
    stress = float(vertical_compression_at_depth(body, np.array([1 * UM]), 1 * UM)[0])
    results["plastic"] = numbers(contact, len(block.nodes.x), stress)
    if COMM.rank == 0:
        json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
