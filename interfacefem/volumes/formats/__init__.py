# SPDX-License-Identifier: BSD-3-Clause
"""Files of voxels, a module for each format.

In comes a path, out a ``StoredVolume``: shape, type, what the file says of its voxels, and a way to
read planes. ``volumes/reading.py`` and ``volumes/grey_slices.py`` call ``opening``.
"""
