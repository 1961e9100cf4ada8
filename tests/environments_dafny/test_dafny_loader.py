from __future__ import annotations

from pathlib import Path

import pytest

from proofsmith import codec
from proofsmith.environments.load import load
from proofsmith.errors import BadInput
from proofsmith.types import Assurance

COUNT = """method Count(n: nat) returns (r: nat)
  ensures r == n
{
  r := 0;
  while r < n { r := r + 1; }
}
"""


def write(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return str(file)


def test_a_file_is_one_task_that_must_be_proved(tmp_path: Path) -> None:
    (task,) = load(write(tmp_path, "count.dfy", COUNT))
    assert (task.id, task.language, task.verifiers) == ("count.dfy", "dafny", ("dafny",))
    assert task.assurance is Assurance.PROVED
    assert task.spec.source == COUNT
    assert "verify the program of Count" in task.statement
    assert codec.loads(codec.dumps(task)) == task


def test_the_statement_names_the_bodies_to_be_written(tmp_path: Path) -> None:
    source = COUNT + "method Twice(n: nat) returns (r: nat)\n  ensures r == 2 * n\n"
    source += "function Half(n: nat): nat { // PROOFSMITH: body\n}\nfunction Unknown(n: nat): nat\n"
    (task,) = load(write(tmp_path, "three.dfy", source))
    assert task.statement.startswith("Write the missing bodies of Twice and Half. ")


def test_included_files_are_read_from_the_folder_of_the_task(tmp_path: Path) -> None:
    write(tmp_path, "parts/b.dfy", 'include "../c.dfy"\nfunction B(): int { C() }\n')
    write(tmp_path, "c.dfy", 'include "main.dfy"\nfunction C(): int { 3 }\n')
    (task,) = load(write(tmp_path, "main.dfy", 'include "parts/b.dfy"\n' + COUNT))
    assert [i.path for i in task.spec.includes] == ["c.dfy", "parts/b.dfy"]
    assert "function C()" in task.spec.includes[0].text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bad.dfy", "method M() {\n  x := ;\n}", "bad.dfy:2: column 8: an expression expected"),
        ("empty.dfy", " \n", "empty.dfy: the file is empty"),
        ("types.dfy", "datatype D = A | B\n", "nothing to verify"),
        ("out.dfy", 'include "../out.dfy"\n' + COUNT, 'out.dfy:1: "../out.dfy" lies outside'),
        ("abs.dfy", '\ninclude "/etc/passwd"\n' + COUNT, 'abs.dfy:2: "/etc/passwd" lies outside'),
        ("gone.dfy", 'include "gone2.dfy"\n' + COUNT, 'gone.dfy:1: there is no file "gone2.dfy"'),
        ("pragma.dfy", COUNT + "#if X\n", "pragma.dfy:7: column 1: a line that begins with '#'"),
    ],
)
def test_what_cannot_be_used_is_said_with_file_and_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = write(tmp_path, f"inner/{name}", text)
    with pytest.raises(BadInput) as caught:
        load(path)
    assert message in str(caught.value)


def test_a_link_out_of_the_folder_is_outside_of_it(tmp_path: Path) -> None:
    write(tmp_path, "secret.dfy", "function S(): int { 1 }\n")
    path = write(tmp_path, "task/main.dfy", 'include "link.dfy"\n' + COUNT)
    (tmp_path / "task/link.dfy").symlink_to(tmp_path / "secret.dfy")
    with pytest.raises(BadInput, match="outside the folder"):
        load(path)


def test_an_error_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    write(tmp_path, "broken.dfy", "function (\n")
    with pytest.raises(BadInput, match=r"broken\.dfy:1: column 10"):
        load(write(tmp_path, "main.dfy", 'include "broken.dfy"\n' + COUNT))


def test_a_folder_is_a_task_for_each_file_that_no_other_includes(tmp_path: Path) -> None:
    write(tmp_path, "b.dfy", COUNT)
    write(tmp_path, "a.dfy", 'include "shared.dfy"\n' + COUNT)
    write(tmp_path, "shared.dfy", "function S(): int { 1 }\n")
    assert [t.id for t in load(f"dafny:{tmp_path}")] == ["a.dfy", "b.dfy"]
    assert [t.id for t in load(f"dafny:{tmp_path}", function="b.dfy")] == ["b.dfy"]


def test_a_folder_that_is_none_or_empty_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a folder"):
        load(f"dafny:{tmp_path}/none")
    with pytest.raises(BadInput, match="holds no Dafny files"):
        load(f"dafny:{tmp_path}")
