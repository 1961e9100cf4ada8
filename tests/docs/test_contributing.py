"""What CONTRIBUTING says about adding a part is done to the letter."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_parts_added_as_described_solve_a_task(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (module,) = re.findall(r"```py\n(.*?)```", text, re.DOTALL)
    (project,) = re.findall(r"```ini\n(.*?)```", text, re.DOTALL)
    (tmp_path / "colours.py").write_text(module)
    groups = tomllib.loads(project)["project"]["entry-points"]
    installed = tmp_path / "colours-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: colours\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {part}\n" for name, part in parts.items())
            for group, parts in groups.items()
        )
    )
    (tmp_path / "sky.colour").write_text("blue\n")
    command = [sys.executable, "-m", "proofsmith.cli.main", "solve", "sky.colour", "--policy", "colours"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [*command, "--time", "200"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "blue\n"), done.stderr
    assert "sky.colour: PASS, PROVED" in done.stderr
