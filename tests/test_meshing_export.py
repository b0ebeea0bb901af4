# SPDX-License-Identifier: BSD-3-Clause
from pathlib import Path

import meshio
import numpy as np
import pytest

from interfacefem.errors import MeshError
from interfacefem.meshing import Triangulation, mesh_profile
from interfacefem.meshing.export import MESH_FORMATS, read_mesh, write_mesh
from interfacefem.synthetic.profiles import keyhole_pores
from interfacefem.units import UM


@pytest.fixture(scope="module")
def mesh() -> Triangulation:
    return mesh_profile(keyhole_pores(2 * UM, 1.2 * UM, 15 * UM, 2), 20 * UM)


@pytest.mark.parametrize("suffix", MESH_FORMATS)
def test_a_mesh_comes_back_as_it_was(mesh: Triangulation, suffix: str, tmp_path: Path) -> None:
    write_mesh(mesh, tmp_path / f"mesh{suffix}")
    back = read_mesh(tmp_path / f"mesh{suffix}")
    np.testing.assert_allclose(back.points, mesh.points, rtol=1e-15)
    np.testing.assert_array_equal(back.triangles, mesh.triangles)
    np.testing.assert_array_equal(back.interface_nodes, mesh.interface_nodes)
    np.testing.assert_array_equal(back.edge_tags, mesh.edge_tags)
    assert [file.name for file in tmp_path.iterdir()] == [f"mesh{suffix}"]


def test_bad_mesh_files_are_refused(mesh: Triangulation, tmp_path: Path) -> None:
    with pytest.raises(MeshError, match="unknown mesh format"):
        write_mesh(mesh, tmp_path / "mesh.stl")
    with pytest.raises(MeshError, match="no such file"):
        read_mesh(tmp_path / "none.msh")
    (tmp_path / "text.msh").write_text("no mesh")
    with pytest.raises(MeshError, match="cannot be read as a mesh"):
        read_mesh(tmp_path / "text.msh")
    untagged = meshio.Mesh(mesh.points, [("triangle", mesh.triangles)])
    untagged.write(tmp_path / "untagged.vtu")
    with pytest.raises(MeshError, match="cannot be read as a mesh"):
        read_mesh(tmp_path / "untagged.vtu")
