# SPDX-License-Identifier: BSD-3-Clause
"""Which pixel or voxel belongs to which phase: thresholds, classifier, cleaning."""
