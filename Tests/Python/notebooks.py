"""Runs the notebooks of docs/notebooks and saves what they put out; the tests compare with that (scripts/notebook)."""
import os
import pathlib

import nbclient
import nbformat

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "notebooks"

# Threads of OpenMP that wait for each other on a busy machine cost more than they save here.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def run(path: pathlib.Path) -> nbformat.NotebookNode:
    """The notebook at `path` with the outputs of a run in its folder."""
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False,
        resources={"metadata": {"path": str(path.parent)}})
    client.execute()
    return notebook


def outputs(cell) -> list:
    """What a reader sees of a cell's outputs as text, and whether there is more to see."""
    seen = []
    for output in cell.outputs:
        if output.output_type == "stream":
            seen.append((output.name, output.text))
        elif output.output_type == "error":
            seen.append(("error", output.ename, output.evalue))
        else:
            seen.append((output.data.get("text/plain"), output.data.get("text/html")))
    return seen


if __name__ == "__main__":
    for place in sorted(FOLDER.glob("*.ipynb")):
        done = run(place)
        done.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                         "language_info": {"name": "python"}}
        nbformat.write(done, place)
        print(place)
