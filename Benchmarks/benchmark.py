"""Runs our work and the peers' on the same files, turn by turn, and prints seconds, ratios and peak memory.

usage: benchmark.py FSTORE PYTHON [--only SECTION,…] [--set small|normal|large] [--rounds N]     (through `make bench`)

A section is a file in sections/ with a function `run(bench)`; all run if none is named. `harness.py` holds what they
share.
"""
import argparse
import importlib
import os
import platform
import sys
import time

from harness import HERE, SETS, Bench


def sections():
    return sorted(path.stem for path in (HERE / "sections").glob("*.py") if path.stem != "__init__")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fstore")
    parser.add_argument("python")
    parser.add_argument("--only", default=",".join(sections()), help="sections, with commas: " + ", ".join(sections()))
    parser.add_argument("--set", choices=SETS, default="normal")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    bench = Bench(arguments)
    print(f"# {time.strftime('%Y-%m-%d')}, set '{bench.set}', {bench.rounds} rounds\n")
    print(f"{platform.platform()}, {os.cpu_count()} cores; {bench.version()}")
    for name in arguments.only.split(","):
        if name not in sections():
            parser.error(f"there is no section '{name}'; there are {', '.join(sections())}")
        importlib.import_module(f"sections.{name}").run(bench)


if __name__ == "__main__":
    sys.exit(main())
