"""The package list, computed: each folder at the root is the sub-package of `proofsmith` of its name.

Everything else about the build stands in ``pyproject.toml``. The list is not written there because
setuptools cannot search below a renamed folder, and a list kept by hand forgets a nested package.
"""

from pathlib import Path

from setuptools import setup

FOLDERS = ("agents", "cli", "environments", "store", "verifiers")


def packages() -> list[str]:
    """Return the dotted names of `proofsmith` and of every folder with files below the five."""
    found = {"proofsmith"}
    for folder in FOLDERS:
        for file in Path(folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                found.add("proofsmith." + ".".join(file.parent.parts))
    return sorted(found)


setup(packages=packages())
