# SPDX-License-Identifier: BSD-3-Clause
"""Both physics of an image: its sections solved, what moves the number, groups of images.

In: micrographs and a cell. Out: the value of each image with its budget, groups with intervals,
risk classes. Called by ``risk`` through the front door, and by studies.
"""
