#!/usr/bin/env python3
"""Runs the conformance cases in an engine and tells what differs.

usage: run.py ENGINE [CASE …] [--table]

ENGINE is module:name, for a class in engines/module.py: fstore:fstore, fstore:duckdb-sql, oracle:oracle,
feast_stores:dask, feast_stores:duckdb.
With --table the result is a table in Markdown.
"""
import importlib
import pathlib
import sys
import tempfile

from cases import Inexpressible, Refused, all_cases
from comparison import differences, in_order_of


def outcome(engine, case) -> tuple[str, list[str]]:
    """`agrees`, `another order`, `differs`, `fails` or `cannot say`, and why."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            table = engine.training_set(case, pathlib.Path(folder) / "work")
        except Refused as refusal:
            return ("agrees", []) if case.refused else ("differs", [f"refused: {str(refusal)[:300]}"])
        except Inexpressible as reason:
            return "cannot say", [str(reason)]
        except Exception as error:
            return "fails", [f"{type(error).__name__}: {str(error).splitlines()[0][:300] if str(error) else ''}"]
    if case.refused:
        return "differs", [f"a mistake in the {case.refused} was not refused"]
    found = differences(case.expected, table)
    if found and (ordered := in_order_of(case.entities, table)):
        found = differences(case.expected, ordered)
        return ("differs" if found else "another order"), found
    return ("differs" if found else "agrees"), found


def main(arguments: list[str]) -> int:
    names = [word for word in arguments if not word.startswith("--")]
    if not names:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    module, _, name = names[0].partition(":")
    engine = importlib.import_module(f"engines.{module}").ENGINES[name or module]()
    print(f"{engine.name}: {engine.version()}\n")
    if "--table" in arguments:
        print("| case | | |\n|---|---|---|")
    results = {case.name: outcome(engine, case) for case in all_cases() if not names[1:] or case.name in names[1:]}
    for case, (result, reasons) in results.items():
        if "--table" in arguments:
            print(f"| {case} | {result} | {'; '.join(reasons[:1]).replace('|', '/')} |")
        else:
            print(f"{case}: {result}")
            for reason in reasons:
                print(f"    {reason}")
    agreeing = sum(result == "agrees" for result, _ in results.values())
    print(f"\n{agreeing} of {len(results)} cases agree")
    return agreeing != len(results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
