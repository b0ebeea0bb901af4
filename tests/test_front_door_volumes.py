# SPDX-License-Identifier: BSD-3-Clause
"""Volumes through the front door: pores, descriptors, kinetics, tensor, thresholds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from volume_examples import blobs

import interfacefem as ifem
from interfacefem.commands.app import exit_code
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError

UNIT = (1e-6, 1e-6, 1e-6)


@pytest.fixture(scope="module")
def volume() -> SegmentedVolume:
    return SegmentedVolume(blobs((20, 20, 20), 0.6), UNIT)


def test_pores_and_descriptors_are_results(volume, tmp_path) -> None:
    pores = ifem.pores(volume, phase=0, interface_depth="2 um")
    largest = pores.table().iloc[0]
    total = np.count_nonzero(volume.labels == 0)
    assert pores.table()["volume_um3"].sum() == pytest.approx(total)
    assert largest["volume_um3"] <= total
    found = ifem.describe(volume, phase=1, flux=False)
    row = found.table().iloc[0]
    assert row["volume_fraction"] == pytest.approx(np.mean(volume.labels == 1))
    for result in (pores, found):
        assert len(repr(result)) < 300
        path = result.write(tmp_path / f"{type(result).__name__}.json")
        assert json.loads(path.read_text()) == json.loads(json.dumps(result.to_dict()))


def test_transport_takes_a_cell_sides_and_greys(volume) -> None:
    greys = volume.labels * 100.0
    cell = ifem.Cell(exchange_current_density="1 mA/cm^2", film_resistance="5 ohm*cm^2")
    found = ifem.transport(
        volume, conductivity={1: "1 mS/cm"}, axes=(0,), cell=cell, sides="linear", greys=greys,
        current_density="1 mA/cm^2",
    ).to_dict()  # fmt: skip
    parts = ("bulk", "constriction", "charge_transfer", "film")
    total = sum(found[f"resistance_{part}_ohm_cm2"][0] for part in parts)
    assert found["resistance_ohm_cm2"][0] == pytest.approx(total)
    # 1 mA/cm2 through 1 ohm cm2 is 1 mV
    assert found["cell_voltage_V"][0] == pytest.approx(1e-3 * total)
    assert found["hot_spot_factor"][0] < found["primary_hot_spot_factor"][0]
    tensor = np.array(found["tensor"]["sigma_eff"])
    np.testing.assert_allclose(tensor, tensor.T)
    np.testing.assert_allclose(np.linalg.eigvalsh(tensor)[::-1], found["tensor"]["principal"])
    # greys of two values: thresholds between them change nothing
    segmentation = [row for row in found["budget"] if row["source"] == "segmentation"]
    assert segmentation[0]["error"] == pytest.approx(0)


def test_kinetics_need_a_unit_and_greys_the_shape(volume) -> None:
    with pytest.raises(InputError, match="kinetics need conductivities with their unit"):
        ifem.transport(volume, phase=1, axes=(0,), cell=ifem.Cell())
    with pytest.raises(InputError, match="have not the shape"):
        ifem.transport(volume, phase=1, axes=(0,), greys=np.zeros((3, 3, 3)))


def test_segment_gives_what_the_command_writes(tmp_path, capsys) -> None:
    random = np.random.default_rng(1)
    blocks = np.kron(random.random((4, 6, 8)) > 0.5, np.ones((3, 8, 8)))
    greys = (40 + 120 * blocks + random.normal(0, 5, blocks.shape)).astype(np.uint8)
    np.save(tmp_path / "grey.npy", greys)
    found = ifem.segment(tmp_path / "grey.npy", threshold="otsu", voxel="50 nm")
    # one grey value in a thousand lies across, at the blocks' edges through the median filter
    assert np.mean(found.labels != blocks) < 0.02
    path = found.write(tmp_path / "labels.tif")
    assert ifem.read_volume(path).voxel_size == pytest.approx((50e-9,) * 3)
    command = ["volume", "segment", str(tmp_path / "grey.npy"), "--threshold", "otsu"]
    out = tmp_path / "labels.npy"
    assert exit_code([*command, "--out", str(out), "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out) == found.to_dict()
    assert (np.load(out) == found.labels).all()
    assert found.table()["share"].sum() == pytest.approx(1)
    with pytest.raises(InputError, match=r"train= \(painted labels\), model= .* or threshold="):
        ifem.segment(tmp_path / "grey.npy")
    # what the command refuses before it begins, the door does too
    with pytest.raises(InputError, match=r"model=: would be written over what is read"):
        ifem.segment(tmp_path / "grey.npy", train=out, model=tmp_path / "grey.npy")
    with pytest.raises(InputError, match=r"grey=: is no name of a file; found int"):
        ifem.segment(5)
