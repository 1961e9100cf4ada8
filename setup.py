"""The package list, computed: each folder at the root is the sub-package of `proofsmith` of its name.

Everything else about the build stands in ``pyproject.toml``. The list is not written there because
setuptools cannot search below a renamed folder, and a list kept by hand forgets a nested package.
"""

from pathlib import Path

from setuptools import setup

FOLDERS = ("agents", "cli", "environments", "store", "verifiers")


def packages() -> list[str]:
    """Return the dotted names of `proofsmith`, of its own folders and of those below the five."""
    found = {"proofsmith"}
    core = Path("src")
    for file in core.rglob("*.py"):  # the links to the five are not followed
        if not any(parent.is_symlink() for parent in file.parents):
            found.add(".".join(file.parent.relative_to(core).parts))
    for folder in FOLDERS:
        for file in Path(folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                found.add("proofsmith." + ".".join(file.parent.parts))
    return sorted(found)


setup(packages=packages())
