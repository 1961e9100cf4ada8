"""Write composed Dafny tasks: verified methods that call each other, without their proof hints.

    python scripts/compose_dafny.py FOLDER [--count 20] [--seed 0] [--seeds FOLDER] [--solutions FOLDER]

`--seeds` names a folder of verified programs to compose instead of those built in, each with a method
of one argument and one result (nat or seq<nat>) and the clause ``ensures result == F(argument)``.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from proofsmith.environments.dafny_composition import Composition, compositions, seed_of
from proofsmith.environments.dafny_seeds import SEEDS
from proofsmith.errors import BadInput


def main() -> int:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=Path)
    parser.add_argument("--solutions", type=Path)
    options = parser.parse_args()
    if options.count < 1:
        parser.error("--count must be above 0")
    if options.seeds is not None and not any(options.seeds.glob("*.dfy")):
        parser.error(f"{options.seeds} holds no Dafny files")
    try:
        texts = SEEDS
        if options.seeds is not None:
            texts = tuple(f.read_text(encoding="utf-8") for f in sorted(options.seeds.glob("*.dfy")))
        found = compositions([seed_of(text) for text in texts], options.count, options.seed)
        for folder in (options.folder, options.solutions):
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
        for number, composition in enumerate(found, start=1):
            name = file_name(number, composition)
            (options.folder / name).write_text(composition.task, encoding="utf-8")
            if options.solutions is not None:
                (options.solutions / name).write_text(composition.solution, encoding="utf-8")
    except (BadInput, OSError) as error:
        print(f"compose_dafny: {error}", file=sys.stderr)
        return 2
    return 0


def file_name(number: int, composition: Composition) -> str:
    """Return the name of a task's file, such as ``03_half_then_square.dfy``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", composition.name).lower()
    return f"{number:02}_{words}.dfy"


if __name__ == "__main__":
    sys.exit(main())
