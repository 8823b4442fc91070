"""Making the bundles: by the platform's own builder, and by pip where that cannot be had.

What belongs here: the builds. What must not: what is asked of a bundle.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deployment.bundle import MB, Bundle

ROOT = Path(__file__).parent.parent.parent
FUNCTIONS = ("predict", "health")

_TOOLS = ROOT / ".tools" / "vercel"
_INTERPRETERS = ("3.12", "3.13", "3.14")
# The builder's own runtime, and pip, which it leaves in the environment that it packs.
_ADDED_BY_THE_BUILDER = 8 * MB
# What the builder leaves out of every package.
_LEFT_OUT = ("*.pyc", "*.pyi", "py.typed", "WHEEL", "INSTALLER", "direct_url.json")


class ToolMissing(Exception):
    """A tool of the platform's build is not on this machine."""


class BuildFailed(Exception):
    """A build that could be tried ended badly."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a build made: what is served as files, and how paths reach functions."""

    folder: Path
    """The build's output, as https://vercel.com/docs/build-output-api describes it."""

    def static(self) -> list[str]:
        """Return the files that everyone can fetch."""
        root = self.folder / "static"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def destination(self, path: str) -> str | None:
        """Return the file or the function that answers a path, and None where the platform answers 404."""
        direct = self._on_disk(path)
        return direct or next(filter(None, map(self._on_disk, self._rewritten(path))), None)

    def headers(self, path: str) -> dict[str, str]:
        """Return the headers that the platform adds to the answers at a path."""
        return {
            name: value
            for route in self._routes()
            if "headers" in route and re.match(route["src"], path)
            for name, value in route["headers"].items()
        }

    def _routes(self) -> list[dict[str, Any]]:
        routes: list[dict[str, Any]] = json.loads((self.folder / "config.json").read_text())["routes"]
        return routes

    def _rewritten(self, path: str) -> Iterator[str]:
        for route in self._routes():
            match = re.match(route["src"], path) if "dest" in route and "status" not in route else None
            if match is not None:
                yield match.expand(re.sub(r"\$(\d)", r"\\\1", route["dest"]))

    def _on_disk(self, path: str) -> str | None:
        name = path.strip("/") or "index.html"
        if (self.folder / "static" / name).is_file():
            return f"static/{name}"
        return f"functions/{name}" if (self.folder / "functions" / f"{name}.func").is_dir() else None


def copy_of_the_project(into: Path) -> Path:
    """Copy the tracked files, as the platform clones them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name)
    return into


def build_by_vercel(project: Path, into: Path) -> tuple[Output, list[Bundle]]:
    """Run `vercel build` on a copy of the project, without an account; lay the functions out under `into`.

    Raises ToolMissing with its reason, and BuildFailed with what the builder said.
    """
    python, path = _tools()
    (project / ".vercel").mkdir()
    settings = {"projectId": "local", "orgId": "local", "settings": {"framework": None}}
    (project / ".vercel" / "project.json").write_text(json.dumps(settings))
    # Nothing of a real account's environment gets into the build, and nothing is told about it.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VERCEL", "TXGUARD"))}
    environment = kept | {
        "PATH": path,
        "VERCEL_TELEMETRY_DISABLED": "1",
        "NO_UPDATE_NOTIFIER": "1",
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "XDG_DATA_HOME": str(into / "home"),
        "XDG_CONFIG_HOME": str(into / "home"),
    }
    command = [str(_TOOLS / "node_modules" / ".bin" / "vercel"), "build", "--yes"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise BuildFailed(done.stdout + done.stderr)
    output = Output(folder=project / ".vercel" / "output")
    return output, [_laid_out(project, output, name, into, python) for name in FUNCTIONS]


def _laid_out(project: Path, output: Output, name: str, into: Path, python: str) -> Bundle:
    """Put one function's files where the platform puts them: its own folder, and what its map names."""
    function = output.folder / "functions" / "api" / f"{name}.func"
    configuration = json.loads((function / ".vc-config.json").read_text())
    folder = into / name
    shutil.copytree(function, folder, ignore=shutil.ignore_patterns(".vc-config.json"))
    for inside, source in configuration["filePathMap"].items():
        (folder / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project / source, folder / inside)
    return Bundle(
        name=name,
        folder=folder,
        python=python,
        environment=configuration["environment"],
        has_runtime=True,
    )


def _tools() -> tuple[str, str]:
    """Return an interpreter that the builder takes, and the PATH with everything it needs."""
    node = shutil.which("node")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if node is None:
        raise ToolMissing("node is not on the PATH")
    if not (_TOOLS / "node_modules" / ".bin" / "vercel").exists():
        raise ToolMissing("vercel is not in .tools; `make vercel-tools` fetches it by npm")
    if uv is None:
        raise ToolMissing("uv is not on the PATH; `make vercel-tools` fetches it by pip")
    python = find_python()
    folders = [str(Path(tool).parent) for tool in (python, uv, node)]
    return python, os.pathsep.join([*folders, os.defpath])


def find_python() -> str:
    """Return an interpreter of Python 3.12 or newer; raises ToolMissing."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in _INTERPRETERS:
        on_path = [found] if (found := shutil.which(f"python{version}")) else []
        kept_by_pyenv = sorted(str(path) for path in versions.glob(f"{version}.*/bin/python{version}"))
        for python in on_path + kept_by_pyenv:
            # A shim may stand where no interpreter is behind it.
            if subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
                return python
    raise ToolMissing("no Python 3.12 or newer is on the PATH, which the platform's builder needs")


def build_by_pip(project: Path, into: Path) -> Bundle:
    """Lay out `predict` with pip and this interpreter: the required packages, and the files not excluded.

    It proves nothing about the platform's builder. What that would add is counted in round figures.
    Raises BuildFailed with what pip said.
    """
    required = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    constraints = str(project / ".ci" / "constraints.txt")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target"]
    packages = into / "_vendor"
    done = subprocess.run(
        [*command, str(packages), "-c", constraints, *required], capture_output=True, text=True, timeout=600
    )
    if done.returncode != 0:
        raise BuildFailed(done.stderr)
    for path in packages.rglob("*"):
        if path.is_file() and any(fnmatch.fnmatch(path.name, pattern) for pattern in _LEFT_OUT):
            path.unlink()
    for name in _not_excluded(project):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project / name, into / name)
    # The builder packs the project once more, as an installed package.
    shutil.copytree(project / "guard", packages / "guard")
    return Bundle(
        name="predict",
        folder=into,
        python=sys.executable,
        environment={"PYTHONDONTWRITEBYTECODE": "1"},
        has_runtime=False,
        not_in_it=_ADDED_BY_THE_BUILDER,
    )


def _not_excluded(project: Path) -> Iterator[Path]:
    functions: Mapping[str, Any] = json.loads((project / "vercel.json").read_text())["functions"]["api/*.py"]
    patterns = functions["excludeFiles"].strip("{}").split(",")
    folders = tuple(pattern.removesuffix("**") for pattern in patterns if pattern.endswith("/**"))
    for path in sorted(project.rglob("*")):
        name = path.relative_to(project)
        at_top = len(name.parts) == 1 and any(fnmatch.fnmatch(str(name), pattern) for pattern in patterns)
        if path.is_file() and not at_top and not str(name).startswith(folders):
            yield name
