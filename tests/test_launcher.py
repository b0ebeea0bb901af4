"""The launcher, with stand-ins for mmdebstrap, bubblewrap, apt-get and the active Python.

Every clone in these tests has a space in its path and is started from another folder.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

CLONE = Path(__file__).resolve().parent.parent
TOOLS = [
    "awk",
    "bash",
    "cat",
    "chmod",
    "echo",
    "env",
    "find",
    "flock",
    "grep",
    "id",
    "mkdir",
    "mktemp",
    "mv",
    "readlink",
    "rm",
    "sed",
    "sha256sum",
    "sleep",
    "tail",
    "tar",
    "touch",
    "true",
]
BY_ROOT = pytest.mark.skipif(
    os.geteuid() != 0, reason="an ordinary user's build needs newuidmap and /etc/subuid"
)
DEBIAN = pytest.mark.skipif(
    not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists(),
    reason="the stand-in build needs the Debian keyring to be there",
)

# Writes a tar of a root with nothing in it, as slowly as the test wants, and counts its calls.
MMDEBSTRAP = """#!/usr/bin/env bash
echo "I: running apt-get update..." >&2
echo called >>"$COUNT"
sleep "${BUILD_TIME:-0}"
[[ -z ${BUILD_FAILS-} ]] || { echo "E: no such package" >&2; exit 1; }
mkdir -p "$TMPDIR/made/etc" "$TMPDIR/made/usr"
echo "bash 5.2" >"$TMPDIR/made/packages.lock"
tar -c -C "$TMPDIR/made" .
"""
# Runs the command behind "--" on the host, with its own idea of the environment check and of venv.
BWRAP = """#!/usr/bin/env bash
printf '%s\\n' "$@" >"$COUNT.bwrap"
while (($#)) && [[ $1 != -- ]]; do shift; done
(($#)) || exit 0
shift
inside=("${@:3}") # behind env --default-signal=INT
case "${inside[*]}" in
    "python3 -c"*) echo ok ;;
    "/usr/bin/python3 -m venv "*) mkdir -p "${@: -1}"/{bin,lib/python3/site-packages} ;;
    *) exec "$@" ;;
esac
"""
NO_DOLFINX = """#!/usr/bin/env bash
echo "$FOLDER"
echo checked >>"$COUNT.python"
echo "No module named 'dolfinx'" >&2
exit 1
"""
WITH_DOLFINX = """#!/usr/bin/env bash
echo checked >>"$COUNT.python"
printf '%s\\n' "$FOLDER" ok
"""
DF = """#!/usr/bin/env bash
free=${FREE_TMP:-9999}
[[ $2 != *cache* ]] || free=${FREE_CACHE:-9999}
printf '%s\\n' Header "disk 9 9 $free 9 /"
"""


class Sandbox:
    """A copy of the launcher with a PATH of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clone = path / "my clone"
        self.cache = path / "the cache"
        self.bin = path / "bin"
        self.elsewhere = path / "elsewhere"
        self.packages = path / "some packages"
        self.count = path / "count"
        for folder in (self.clone, self.bin, self.elsewhere, self.packages, path / "tmp"):
            folder.mkdir()
        shutil.copy(CLONE / "ifem", self.clone)
        shutil.copytree(CLONE / "docker", self.clone / "docker")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (self.bin / tool).symlink_to(found)
        self.fake("python3", NO_DOLFINX)
        self.fake("df", DF)

    def fake(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        environ = {
            "PATH": str(self.bin),
            "HOME": str(self.path),
            "IFEM_CACHE": str(self.cache),
            "IFEM_TMPDIR": str(self.path / "tmp"),
            "COUNT": str(self.count),
            "FOLDER": str(self.packages),
        }
        return subprocess.Popen(
            [str(self.clone / "ifem"), *args],
            cwd=self.elsewhere,
            env=environ | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *args: str, **env: str) -> tuple[int, str, str]:
        process = self.start(*args, **env)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def calls(self, of: str = "") -> int:
        file = Path(f"{self.count}{of}")
        return len(file.read_text().splitlines()) if file.exists() else 0

    def roots(self) -> list[str]:
        return sorted(p.name for p in self.cache.glob("root-*") if p.is_dir())

    def leftovers(self) -> list[str]:
        return sorted(
            p.name
            for p in (
                *self.cache.glob("*.part"),
                *self.cache.glob("building"),
                *(self.path / "tmp").iterdir(),
            )
        )


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


@pytest.fixture
def builder(sandbox: Sandbox) -> Sandbox:
    sandbox.fake("mmdebstrap", MMDEBSTRAP)
    sandbox.fake("bwrap", BWRAP)
    return sandbox


# ------------------------------------------------------------------ the lists


def packages() -> list[str]:
    lines = (CLONE / "docker/packages.txt").read_text().splitlines()
    return [name for line in lines if (name := line.split("#")[0].strip())]


def conda() -> set[str]:
    entries = yaml.safe_load((CLONE / "environment.yml").read_text())["dependencies"]
    return {re.split("[<>=]", entry)[0] for entry in entries}


def test_packages_are_debian_names_without_duplicates() -> None:
    names = packages()
    assert len(names) > 20
    assert sorted(set(names)) == sorted(names)
    assert [n for n in names if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", n)] == []


def test_every_dependency_of_the_package_is_in_both_lists() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]
    debian = {
        "fenics-dolfinx": "python3-dolfinx-real",
        "pillow": "python3-pil",
        "pyyaml": "python3-yaml",
        "scikit-image": "python3-skimage",
        "scikit-learn": "python3-sklearn",
    }
    conda_name = {"matplotlib": "matplotlib-base"}
    names = [re.split("[<>=~! ]", d)[0].lower() for d in project["dependencies"]]
    assert [n for n in names if debian.get(n, f"python3-{n}") not in packages()] == []
    assert [n for n in names if conda_name.get(n, n) not in conda()] == []


def test_containers_read_the_one_list() -> None:
    for file in ("docker/Dockerfile", "docker/apptainer.def"):
        text = (CLONE / file).read_text()
        assert "packages.txt" in text
        assert "dpkg.cfg" in text
        assert [name for name in packages() if name.startswith("python3-") and name in text] == []


def test_no_host_name_is_written_down() -> None:
    files = [CLONE / name for name in ("ifem", "environment.yml", ".ci/run", "pyproject.toml")]
    files += sorted((CLONE / "docker").iterdir())
    for file in files:
        found = re.findall(
            r"\w+://\S+|\b(?:deb|security|ftp|registry)\.[a-z]+\.\w+", file.read_text()
        )
        assert found == [], file


@pytest.mark.skipif("IFEM_PACKAGES_LOCK" not in os.environ, reason="not in a Debian environment")
def test_the_environment_in_use_was_made_from_the_list() -> None:
    lock = Path(os.environ["IFEM_PACKAGES_LOCK"]).read_text().splitlines()
    installed = {line.split("\t")[0].split(":")[0] for line in lock}
    assert [name for name in packages() if name not in installed] == []


# ------------------------------------------------------------------ usage


@pytest.mark.parametrize(
    ("args", "env"),
    [
        (("mpi", "current"), {}),
        (("mpi", "0", "current"), {}),
        (("current",), {"IFEM_WAY": "conda"}),
    ],
)
def test_bad_usage_ends_with_2_and_one_line(
    sandbox: Sandbox, args: tuple[str, ...], env: dict[str, str]
) -> None:
    code, out, err = sandbox.run(*args, **env)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_help_needs_no_environment(sandbox: Sandbox) -> None:
    code, out, err = sandbox.run("--help")
    assert (code, err) == (0, "")
    assert "./ifem test" in out
    assert "IFEM_CACHE" in out
    assert "set -eu" not in out
    assert not sandbox.cache.exists()


def test_when_nothing_can_work_one_message_says_what_was_tried(sandbox: Sandbox) -> None:
    code, out, err = sandbox.run("current")
    assert (code, out) == (69, "")
    assert "No module named 'dolfinx'" in err
    assert "missing bubblewrap mmdebstrap" in err
    assert "no apt-get" in err
    assert "environment.yml" in err
    assert "docker/Dockerfile" in err


def test_no_python_at_all(sandbox: Sandbox) -> None:
    (sandbox.bin / "python3").unlink()
    code, _, err = sandbox.run("current")
    assert code == 69
    assert "no python3 on PATH" in err


@DEBIAN
def test_missing_tools_are_installed_by_root_and_asked_for_by_others(sandbox: Sandbox) -> None:
    sandbox.fake(
        "apt-get", '#!/usr/bin/env bash\necho "$@" >>"$COUNT.apt"; echo refused >&2; exit 1\n'
    )
    code, _, err = sandbox.run("current")
    assert code == 69
    if os.geteuid() == 0:
        said = Path(f"{sandbox.count}.apt").read_text().splitlines()
        install = "install -y --no-install-recommends bubblewrap mmdebstrap"
        assert said == [install, "update", install]
        assert "refused" in err
    else:
        assert sandbox.calls(".apt") == 0
        assert "an administrator has to run:  apt-get install" in err


# ------------------------------------------------------------------ the active Python


def test_active_python_is_checked_once(sandbox: Sandbox) -> None:
    sandbox.fake("python3", WITH_DOLFINX)
    for _ in range(3):
        code, out, err = sandbox.run("shell", "bash", "-c", 'echo "$IFEM_BACKEND;$PYTHONPATH;$PWD"')
        assert (code, err) == (0, "")
    assert out == f"active Python {sandbox.bin}/python3;{sandbox.clone};{sandbox.elsewhere}\n"
    assert sandbox.calls(".python") == 1
    time.sleep(0.02)
    (sandbox.packages / "something new").touch()
    sandbox.run("shell", "true")
    assert sandbox.calls(".python") == 2
    sandbox.run("shell", "true", PYTHONPATH="/other")
    assert sandbox.calls(".python") == 3


def test_exit_code_and_arguments_pass_through(sandbox: Sandbox) -> None:
    sandbox.fake("python3", WITH_DOLFINX)
    code, out, _ = sandbox.run(
        "shell", "bash", "-c", 'printf "[%s]" "$@"; exit 7', "x", "a b", "*", ""
    )
    assert (code, out) == (7, "[a b][*][]")


def test_symlink_to_the_launcher(sandbox: Sandbox) -> None:
    sandbox.fake("python3", WITH_DOLFINX)
    link = sandbox.elsewhere / "run it"
    link.symlink_to(sandbox.clone / "ifem")
    done = subprocess.run(
        [str(link), "shell", "bash", "-c", 'echo "$PYTHONPATH"'],
        env={
            "PATH": str(sandbox.bin),
            "IFEM_CACHE": str(sandbox.cache),
            "COUNT": str(sandbox.count),
            "FOLDER": str(sandbox.packages),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{sandbox.clone}\n"


def test_old_unfinished_forms_are_deleted(sandbox: Sandbox) -> None:
    sandbox.fake("python3", WITH_DOLFINX)
    forms = sandbox.path / "xdg" / "fenics"
    forms.mkdir(parents=True)
    for name in ("killed.c", "done.c", "done.c.cached", "young.c"):
        (forms / name).touch()
    an_hour_ago = time.time() - 3600
    for name in ("killed.c", "done.c"):
        os.utime(forms / name, (an_hour_ago, an_hour_ago))
    sandbox.run("shell", "true", XDG_CACHE_HOME=str(forms.parent))
    assert sorted(p.name for p in forms.iterdir()) == ["done.c", "done.c.cached", "young.c"]


# ------------------------------------------------------------------ the Debian root


@pytest.mark.skipif(
    not os.environ.get("IFEM_BACKEND", "").startswith("Debian root"),
    reason="the folders at the top are the host's own",
)
def test_a_new_folder_at_the_top_is_refused_in_one_line() -> None:
    for arguments in (
        ["transport", "none.tif", "--phase", "0", "--out", "/not/there"],
        ["segment", "none.tif", "--threshold", "otsu", "--out", "/not/there.tif"],
    ):
        command = [sys.executable, "-m", "interfacefem", "volume", *arguments, "--quiet"]
        done = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert "/not" in done.stderr
        assert "Read-only file system" in done.stderr


@BY_ROOT
@DEBIAN
class TestRoot:
    def test_is_made_once(self, builder: Sandbox) -> None:
        code, out, err = builder.run("shell", "bash", "-c", 'echo "in $PWD"')
        assert (code, out) == (0, f"in {builder.elsewhere}\n")
        assert "setting up the environment" in err
        code, out, err = builder.run("shell", "true")
        assert (code, out, err) == (0, "", "")
        assert builder.calls() == 1
        assert builder.calls(".python") == 1
        assert builder.leftovers() == []
        (root,) = builder.roots()
        assert (builder.cache / root / "packages.lock").read_text() == "bash 5.2\n"
        pth = builder.cache.glob("clones/*/venv-*/lib/python3/site-packages/interfacefem.pth")
        assert [p.read_text() for p in pth] == [f"{builder.clone}\n"]

    def test_environment_inside(self, builder: Sandbox) -> None:
        builder.run("shell", "true")
        builder.run("shell", "true", PYTHONPATH="/poison", SLURM_JOB_ID="1")
        args = Path(f"{builder.count}.bwrap").read_text()
        assert "--unsetenv\nPYTHONPATH\n" in args
        assert f"--chdir\n{builder.elsewhere}\n" in args
        assert "--unshare-pid\n" in args
        assert "PRTE_MCA_plm\n^slurm\n" in args
        builder.run("shell", "true", PMIX_RANK="0", SLURM_JOB_NUM_NODES="2")
        args = Path(f"{builder.count}.bwrap").read_text()
        assert "--unshare-pid\n" not in args
        assert "OMPI_MCA_btl" not in args

    def test_the_page_brings_what_it_needs_on_its_first_use(self, builder: Sandbox) -> None:
        lacking = (
            '    "python3 -c import bokeh"*) exit 1 ;;\n'
            '    "python3 -m pip "*) [[ -z ${PIP_FAILS-} ]] || { echo no network; exit 1; }\n'
            '        echo "${inside[*]}" >>"$COUNT.pip"; mkdir -p "${inside[8]}/bokeh" ;;\n'
            '    *" interfacefem "*) echo "${inside[*]}" ;;\n'
        )
        builder.fake(
            "bwrap", BWRAP.replace('in\n    "python3 -c"*', f'in\n{lacking}    "python3 -c"*')
        )
        code, out, err = builder.run("app", "--help")
        assert (code, builder.calls(".pip")) == (0, 0)
        code, out, err = builder.run("app", "a.tif", PIP_FAILS="yes")
        assert code == 69
        assert "no network" in err
        assert "ifem guide" in err
        code, out, err = builder.run("app", "a.tif")
        (page,) = builder.cache.glob("page-*/")
        assert "the page needs Bokeh: installing it, once" in err
        assert out == f"env PYTHONPATH={page} interfacefem app a.tif\n"
        code, again, err = builder.run("app", "a.tif")
        assert (code, again, err) == (0, out, "")
        assert builder.calls(".pip") == 1
        assert "--no-deps" in Path(f"{builder.count}.pip").read_text()
        assert [one.name for one in builder.cache.glob("*.part*")] == []

    def test_nothing_can_be_written_where_it_would_vanish(self, builder: Sandbox) -> None:
        builder.run("shell", "true")
        args = Path(f"{builder.count}.bwrap").read_text().splitlines()
        # bubblewrap works in order: what makes places in the new root comes first
        after = args[args.index("--remount-ro") :]
        assert after[:2] == ["--remount-ro", "/"]
        makers = {"--tmpfs", "--dir", "--bind", "--bind-try", "--ro-bind", "--symlink", "--proc"}
        assert makers.isdisjoint(after)

    def test_ctrl_c_is_for_the_program_inside(self, builder: Sandbox) -> None:
        builder.run("shell", "true")
        told = "trap 'echo told; exit 130' INT; echo ready; while :; do sleep 0.1; done"
        process = builder.start("shell", "bash", "-c", told)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        assert (process.returncode, out) == (130, "told\n")

    def test_killed_build_leaves_nothing_for_the_next_run(self, builder: Sandbox) -> None:
        process = builder.start("shell", "true", BUILD_TIME="30")
        deadline = time.time() + 10
        while not builder.calls() and time.time() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert len(builder.leftovers()) == 3  # the folder, the record, the temporary folder
        assert [r for r in builder.roots() if not r.endswith(".part")] == []
        code, _, _ = builder.run("shell", "true")
        assert code == 0
        assert builder.leftovers() == []
        assert len(builder.roots()) == 1

    def test_two_first_runs_at_once_build_one_root(self, builder: Sandbox) -> None:
        runs = [builder.start("shell", "echo", "ran", BUILD_TIME="0.5") for _ in range(2)]
        results = [run.communicate(timeout=60) for run in runs]
        assert [run.returncode for run in runs] == [0, 0]
        assert [out for out, _ in results] == ["ran\n", "ran\n"]
        assert sum("waiting for it" in err for _, err in results) == 1
        assert builder.calls() == 1
        assert builder.leftovers() == []

    def test_failed_build_shows_its_log_and_leaves_nothing(self, builder: Sandbox) -> None:
        code, out, err = builder.run("current", BUILD_FAILS="1")
        assert (code, out) == (69, "")
        assert "E: no such package" in err
        assert "environment.yml" in err
        assert builder.leftovers() == []
        assert builder.roots() == []

    @pytest.mark.parametrize("kind", ["link", "file", "folder"])
    def test_a_name_that_somebody_took_first_is_one_line(self, builder: Sandbox, kind: str) -> None:
        """Shared case: MPI's session folder has a name in /tmp that another user can take."""
        host = f"test-{builder.path.parent.name}-{kind}"
        taken = Path(f"/tmp/ompi.{host}.{os.geteuid()}")
        if kind == "link":
            taken.symlink_to("nowhere")
        elif kind == "file":
            taken.touch()
        else:
            taken.mkdir()
        try:
            code, out, err = builder.run("shell", "echo", "ran", HOSTNAME=f"{host}.example.org")
        finally:
            taken.rmdir() if kind == "folder" else taken.unlink()
        if kind == "folder":  # is mounted over
            assert (code, out) == (0, "ran\n")
            assert str(taken) in Path(f"{builder.count}.bwrap").read_text()
        else:
            assert (code, out) == (69, "")
            (line,) = [line for line in err.splitlines() if "MPI" in line]
            assert str(taken) in line
            assert builder.calls() == 0

    @pytest.mark.parametrize("disk", ["FREE_CACHE", "FREE_TMP"])
    def test_full_disk_is_seen_first(self, builder: Sandbox, disk: str) -> None:
        code, _, err = builder.run("current", **{disk: "800"})
        assert code == 69
        assert "(free: 800)" in err
        assert builder.calls() == 0
        assert builder.leftovers() == []

    def test_a_changed_list_makes_a_new_root_and_clean_deletes_the_old(
        self, builder: Sandbox
    ) -> None:
        builder.run("shell", "true")
        list_file = builder.clone / "docker/packages.txt"
        list_file.write_text(list_file.read_text() + "# a comment changes nothing\n")
        builder.run("shell", "true")
        assert len(builder.roots()) == 1
        (old,) = builder.roots()
        list_file.write_text(list_file.read_text() + "python3-new\n")
        _, _, err = builder.run("shell", "true")
        assert "./ifem clean" in err
        assert len(builder.roots()) == 2
        with (builder.cache / old / "packages.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)  # another clone runs in it
            _, _, err = builder.run("clean")
        assert "in use" in err
        assert len(builder.roots()) == 2
        builder.run("clean")
        assert old not in builder.roots()
        assert len(builder.roots()) == 1
