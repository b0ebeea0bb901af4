# SPDX-License-Identifier: BSD-3-Clause
"""Contact of a flat block with a rough surface, a line or a map; stress below it.

In: a profile or a height map and a cell. Out: pressure, gap, and the metrics of :mod:`.run`: stress
ratio, largest pressure, share in contact. Called by the front door, ``assessment``, ``interface``
and studies. Bodies of any shape are pressed by finite elements (``flat_block``, ``unilateral``).
"""
