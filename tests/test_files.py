# SPDX-License-Identifier: BSD-3-Clause
import stat
from pathlib import Path

import pytest

from interfacefem.errors import InputError
from interfacefem.files import require_writable_folder, write_text_atomically, written_atomically


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    write_text_atomically(target, "old")

    def fail_half_way() -> None:
        with written_atomically(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_temporary_name_keeps_the_suffix_and_the_result_is_readable(tmp_path: Path) -> None:
    with written_atomically(tmp_path / "new" / "figure.png") as temporary:
        assert temporary.suffix == ".png"
        temporary.write_text("x")
    mode = (tmp_path / "new" / "figure.png").stat().st_mode
    assert mode & stat.S_IRGRP or mode & stat.S_IRUSR


def test_refuses_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    for folder in ("taken", "taken/deeper"):
        with pytest.raises(InputError, match="cannot be written to"):
            require_writable_folder(tmp_path / folder)
    with pytest.raises(InputError, match="cannot be written to"):
        write_text_atomically(tmp_path / "taken" / "result.json", "x")


def test_checking_a_folder_creates_nothing(tmp_path: Path) -> None:
    require_writable_folder(tmp_path / "new" / "deeper")
    assert list(tmp_path.iterdir()) == []
