"""The notebooks in docs/ run, and put out what is committed with them."""
import shutil

import pytest

from conftest import REPOSITORY
from package_support import fstore  # noqa: F401

import notebooks


@pytest.mark.parametrize("name", sorted(path.name for path in notebooks.FOLDER.glob("*.ipynb")))
def test_a_notebook_runs_and_puts_out_what_is_committed(name, tmp_path):
    folder = tmp_path / "docs" / "notebooks"
    folder.mkdir(parents=True)
    shutil.copy(notebooks.FOLDER / name, folder)
    shutil.copy(REPOSITORY / "fstore.yaml", tmp_path)
    (tmp_path / "features").symlink_to(REPOSITORY / "features")
    done = notebooks.run(folder / name)
    committed = notebooks.nbformat.read(notebooks.FOLDER / name, as_version=4)
    for cell, expected in zip(done.cells, committed.cells):
        if cell.cell_type == "code" and "varies" not in cell.metadata.get("tags", []):
            assert notebooks.outputs(cell) == notebooks.outputs(expected), (
                f"not what {name} has for:\n{cell.source}\nIf it should be so, run scripts/notebook")
        if cell.cell_type == "code":
            assert len(cell.outputs) == len(expected.outputs), "run scripts/notebook"
