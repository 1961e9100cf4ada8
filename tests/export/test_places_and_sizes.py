"""Several exports to one place, what killed ones leave, programs of any size, and what the card says."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from proofsmith.errors import BadInput
from proofsmith.store.export import folders
from proofsmith.store.export.folders import MANIFEST, partial_folder, put_in_place
from proofsmith.store.export.hub import license_fields, size_category
from proofsmith.store.store import Store


def rows_of(out, config):
    files = sorted((out / config).glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def finished(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / MANIFEST).write_text(name)
    return folder


def test_a_dataset_that_came_meanwhile_is_not_replaced_unasked(tmp_path):
    out = finished(tmp_path, "out")
    later = finished(tmp_path, "later")
    with pytest.raises(BadInput, match="exists already"):
        put_in_place(later, out, overwrite=False)
    assert (out / MANIFEST).read_text() == "out"
    put_in_place(later, out, overwrite=True)
    assert (out / MANIFEST).read_text() == "later"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_where_names_cannot_be_swapped_the_old_one_goes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    out = finished(tmp_path, "out")
    put_in_place(finished(tmp_path, "later"), out, overwrite=True)
    assert (out / MANIFEST).read_text() == "later"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_many_at_a_time_leave_one_whole_dataset(tmp_path):
    out = tmp_path / "out"
    made = [finished(tmp_path, f"made-{number}") for number in range(8)]
    failed: list[BaseException] = []

    def place(folder: Path) -> None:
        try:
            put_in_place(folder, out, overwrite=True)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=place, args=(folder,)) for folder in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert (out / MANIFEST).read_text().startswith("made-")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_export_left_goes_and_what_another_writes_stays(tmp_path):
    out = tmp_path / "out [1]"
    (left := tmp_path / ".out [1].partial-left").mkdir()
    (foreign := tmp_path / ".out 1.partial-x").mkdir()
    other, other_lock = partial_folder(out)
    assert not left.exists()
    mine, lock = partial_folder(out)
    assert other.exists()
    assert foreign.exists()
    os.close(other_lock)
    os.close(lock)
    os.close(partial_folder(out)[1])
    assert not other.exists()
    assert not mine.exists()
    assert fcntl  # the locks are those of the system, so that they end with their process


def test_a_dataset_made_while_one_is_exported_stays(cli, store_path, tmp_path):
    """Two commands to one folder: one of them makes it, the other is refused."""
    command = [sys.executable, "-m", "proofsmith.cli.main", "export", "out", "--reverify", "none"]
    environment = os.environ | {"PROOFSMITH_STORE": str(store_path)}
    running = [
        subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in running]
    codes = [process.returncode for process in running]
    assert sorted(codes) == [0, 2], said
    assert "exists already" in said[codes.index(2)]
    assert cli("replay", "out").code == 0
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith("store")] == ["out"]


def test_programs_of_any_size_are_exported(making, cli, tmp_path):
    (task,) = making.tasks_of(tmp_path, "larger", making.MODULES["larger"])
    body, verdicts = "# " + "x" * 3_000_000 + "\n", (making.FAIL, making.PASS)
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        making.write_run(store, task, [
            (f"{body}def larger(a, b):\n    return {n}\n", verdicts[n % 2]) for n in range(12)
        ])  # fmt: skip
    formats = "sft,negatives,kto,repair,edits,dpo,dpo_selftest,trajectories,events"
    done = cli("export", "out", "--format", formats, "--solutions", "9", "--reverify", "none",
               "--splits", "train=1", "--json")  # fmt: skip
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["rows"]["sft"] == {"train": 6}
    assert report["rows"]["edits"] == report["rows"]["repair"] == {}
    nodes = rows_of(tmp_path / "out", "trajectories")
    assert [len(row["program"]) for row in nodes[1:]] == [len(body) + 31] * 10 + [len(body) + 32] * 2
    events = rows_of(tmp_path / "out", "events")
    assert [row["seq"] for row in events] == list(range(len(events)))


def test_splits_are_listed_as_asked_and_formats_without_rows_are_told(cli, store_path, tmp_path):
    done = cli("export", "out", "--format", "grpo,sft", "--splits", "train=0.4,validation=0.3,test=0.3")
    assert done.code == 0, done.err
    head = yaml.safe_load((tmp_path / "out" / "README.md").read_text().split("---\n")[1])
    order = ["train", "validation", "test"]
    for config in (*head["configs"], *head["dataset_info"]):
        splits = [s.get("split", s.get("name")) for s in config.get("data_files", config.get("splits"))]
        assert splits == sorted(splits, key=order.index)
    assert [c.get("default") for c in head["configs"]] == [True, None, None]
    for info in head["dataset_info"]:
        assert info["dataset_size"] == sum(split["num_bytes"] for split in info["splits"]) > 0
    empty = cli("export", "more", "--format", "sft,negatives", "--verdict", "PASS")
    assert empty.code == 0
    assert "negatives                 0 rows  (none)" in empty.out


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("MIT", {"license": "mit"}),
        ("The MIT License", {"license": "mit"}),
        ("Apache 2.0", {"license": "apache-2.0"}),
        ("Apache License, Version 2.0", {"license": "apache-2.0"}),
        ("CC BY 4.0", {"license": "cc-by-4.0"}),
        ("CC-BY-SA-4.0", {"license": "cc-by-sa-4.0"}),
        ("GPL v3", {"license": "gpl-3.0"}),
        ("Our Own", {"license": "other", "license_name": "our-own"}),
        ("", {"license": "other"}),
    ],
)
def test_licences_are_those_that_the_hub_knows(name, fields):
    assert license_fields(name) == fields


def test_sizes_have_the_names_of_the_hub():
    assert [size_category(n) for n in (0, 999, 1_000, 999_999, 1_000_000, 10**11)] == [
        "n<1K", "n<1K", "1K<n<10K", "100K<n<1M", "1M<n<10M", "10B<n<100B",
    ]  # fmt: skip
