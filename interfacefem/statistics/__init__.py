# SPDX-License-Identifier: BSD-3-Clause
"""Mean, spread and interval: of one image's lines, of groups of images, and trends over factors."""
