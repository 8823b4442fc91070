"""Build what Vercel would deploy, without an account, ask it real questions, and print its figures.

    python -m tests.deployment.vercel_build              by Vercel's own builder
    python -m tests.deployment.vercel_build --emulate    by pip alone, which proves nothing about the builder

Ends with 1 where a limit is passed or an answer is wrong, and with 2 where a tool is missing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.deployment.builders import (
    BuildFailed,
    Output,
    ToolMissing,
    build_by_pip,
    build_by_vercel,
    copy_of_the_project,
)
from tests.deployment.bundle import MB, Bundle
from tests.deployment.questions import ask_pages, ask_predict
from tests.documented_service import NEWER_SAFE, DocumentedService

MAX_BUNDLE_BYTES = 32 * MB
MAX_IMPORT_CPU_S = 0.4
LARGEST = 10


def converse(bundle: Bundle) -> str:
    """Serve a bundle against a loopback service, ask what it is there for, and return what it logged."""
    with (
        DocumentedService(NEWER_SAFE) as service,
        bundle.served({"TXGUARD_UPSTREAM_URL": service.url}) as served,
    ):
        if bundle.name == "predict":
            ask_predict(served.origin)
        if bundle.name == "health" or not bundle.has_runtime:
            ask_pages(served.origin)
        if served.start_ms is not None:
            print(f"  {'start under its runtime, nothing cached, wall clock':<48} {served.start_ms:>3} ms")
    return "".join(served.log)


def print_sizes(bundle: Bundle) -> None:
    """Print the size of a bundle and of its largest parts."""
    print(f"  {f'bundle (limit {MAX_BUNDLE_BYTES / MB:.0f} MB)':<48} {bundle.size() / MB:>6.1f} MB")
    for name, size in bundle.parts()[:LARGEST]:
        print(f"    {name:<47} {size / MB:>5.1f} MB")
    if bundle.not_in_it:
        print(f"    {'(counted for what the builder adds)':<47} {bundle.not_in_it / MB:>5.1f} MB")


def print_import(bundle: Bundle) -> float:
    """Print what importing a bundle costs, and return the CPU seconds with bytecode cached."""
    cached, uncached = bundle.import_cpu_s(cached=True), bundle.import_cpu_s(cached=False)
    limit = f"limit {MAX_IMPORT_CPU_S * 1000:.0f} ms"
    print(f"  {f'import, CPU, bytecode cached ({limit})':<48} {cached * 1000:>6.0f} ms")
    print(f"  {'import, CPU, nothing cached':<48} {uncached * 1000:>6.0f} ms")
    return cached


def print_paths(output: Output) -> None:
    """Print who answers which path."""
    for path in ("/api/predict", "/api/health", "/api/openapi.json", "/docs", "/", "/pyproject.toml"):
        print(f"  {path:<24} {output.destination(path) or '404'}")
    print(f"  files for everyone: {', '.join(output.static())}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--emulate", action="store_true", help="lay the bundle out with pip")
    emulate = parser.parse_args().emulate
    within = True
    with tempfile.TemporaryDirectory() as folder:
        project = copy_of_the_project(Path(folder) / "project")
        try:
            if emulate:
                bundles = [build_by_pip(project, Path(folder) / "bundle")]
            else:
                output, bundles = build_by_vercel(project, Path(folder) / "bundles")
                print_paths(output)
        except (ToolMissing, BuildFailed) as error:
            print(error, file=sys.stderr)
            return 2 if isinstance(error, ToolMissing) else 1
        for bundle in bundles:
            made_by = "laid out by pip" if emulate else "built by Vercel's builder"
            print(f"function api/{bundle.name}, {made_by}")
            print_sizes(bundle)
            within &= bundle.size() < MAX_BUNDLE_BYTES and print_import(bundle) < MAX_IMPORT_CPU_S
            converse(bundle)
            print("  answered every question as it must")
    if not within:
        print("a limit is passed", file=sys.stderr)
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
