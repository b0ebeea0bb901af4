# SPDX-License-Identifier: BSD-3-Clause
"""Which pixel or voxel belongs to which phase: thresholds, trained classifier, cleaning.

In: grey values, painted examples. Out: labels, the threshold or classifier that made them, and
how well it does. Called by ``images`` for micrographs, by ``volume segment`` for volumes.
"""
