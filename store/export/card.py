"""The dataset card: what is in the dataset, how it was made, what to know before training on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import proofsmith
from proofsmith import revision
from proofsmith.store.export import yaml
from proofsmith.store.export.contamination import EXAMPLES, FORMAL_NGRAM, NEAR, NGRAM
from proofsmith.store.export.context import Plan
from proofsmith.store.export.hub import license_fields, size_category
from proofsmith.store.export.schemas import features
from proofsmith.store.export.similarity import LEAST_TOKENS, TASK_THRESHOLD, THRESHOLD

_ABOUT = {
    "sft": "verified solutions as prompt and completion (`program` is the completion without its code block)",
    "sft_messages": "verified solutions as conversations",
    "negatives": "failing programs of solved tasks, for a second stage beside `sft` (after REDI)",
    "edits": "solutions as sequences of insertions, each state accepted by parser and linter (LintSeq)",
    "repair": "failing attempt, the verifier's diagnosis and the corrected program in one completion (LEMMA)",
    "dpo": "preferences: best and worst siblings of the search tree (MCTS-DPO), smallest mends (SPaR)",
    "dpo_selftest": "preferences from self-made tests and programs only, by minimax (DSTC)",
    "kto": "programs with a label: accepted by the verifiers, or found wrong by them",
    "fault_spans": "solutions, and the characters in which they differ from a failing relative (FAIT)",
    "process": "steps to a program with the tree's values, visits and labels",
    "process_stepwise": "the same in the columns of TRL's former stepwise supervision",
    "grpo": "tasks with what `proofsmith.integrations.trl.verifier_reward` needs to judge answers",
    "trajectories": "every node of every search tree",
    "events": "every event as it was recorded; `proofsmith import` rebuilds the runs from them",
    "tasks": "the tasks, with their full specification",
}


def card(
    plan: Plan,
    files: Mapping[str, Mapping[str, list[Path]]],
    rows: Mapping[str, Mapping[str, int]],
    sizes: Mapping[str, Mapping[str, int]],
    folder: Path,
) -> str:
    """Return the text of ``README.md``."""
    configs = [name for name in _ABOUT if name in rows]
    total = sum(sum(splits.values()) for name, splits in rows.items() if name != "tasks")
    head: dict[str, Any] = {
        **license_fields(_license(plan)),
        "language": ["en"],
        "pretty_name": plan.request.out.name,
        "tags": ["code", "program-synthesis", "formal-verification", "proofsmith", "synthetic"],
        "task_categories": ["text-generation"],
        "size_categories": [size_category(total)],
        "configs": [_config(name, files[name], folder, name == configs[0]) for name in configs],
        "dataset_info": [_info(name, files[name], rows[name], sizes[name]) for name in configs],
    }
    return f"---\n{yaml.dump(head)}---\n\n{_text(plan, rows, configs)}"


def _config(name: str, splits: Mapping[str, list[Path]], folder: Path, default: bool) -> dict[str, Any]:
    config: dict[str, Any] = {
        "config_name": name,
        "data_files": [
            {"split": split, "path": [p.relative_to(folder).as_posix() for p in paths]}
            for split, paths in splits.items()
        ],
    }
    return config | ({"default": True} if default else {})


def _info(
    name: str, splits: Mapping[str, list[Path]], rows: Mapping[str, int], sizes: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "config_name": name,
        "features": features(name),
        "splits": [
            {"name": split, "num_bytes": sizes[split], "num_examples": rows[split]} for split in splits
        ],
        "download_size": sum(p.stat().st_size for paths in splits.values() for p in paths),
        "dataset_size": sum(sizes[split] for split in splits),
    }


def _license(plan: Plan) -> str:
    """Return the licence asked for, or the one that all tasks have."""
    found = {pool.license.strip() for pool in plan.survey.pools}
    return plan.request.license.strip() or (found.pop() if len(found) == 1 else "")


def _text(plan: Plan, rows: Mapping[str, Mapping[str, int]], configs: list[str]) -> str:
    code = revision.running()
    commit = (
        f", commit {code.commit[:12]}{' with local changes' if code.dirty else ''}" if code.commit else ""
    )
    lines = [
        f"# {plan.request.out.name}",
        "",
        f"Made by Proofsmith {proofsmith.__version__}{commit} from recorded searches for programs. Every "
        "program that is shown as right was accepted by the verifiers that its row names, with the "
        "assurance that it names: TESTED on the inputs tried, BOUNDED up to a stated bound, PROVED for all.",
        "",
        "| configuration | what it is | rows |",
        "|---|---|---|",
    ]
    for name in configs:
        counts = ", ".join(f"{split} {count:,}" for split, count in rows[name].items())
        lines.append(f"| `{name}` | {_ABOUT[name]} | {counts} |")
    lines += ["", "## Yield", "", "| stage | count |", "|---|---|"]
    lines += [f"| {stage} | {count:,} |" for stage, count in stages(plan).items()]
    lines += ["", "## How it was made", ""]
    lines += [f"- {fact}" for fact in _facts(plan)]
    lines += [
        "",
        "Check the programs again with `proofsmith replay FOLDER`, the files with "
        "`sha256sum -c MANIFEST.sha256`.",
        "",
    ]
    return "\n".join(lines)


def stages(plan: Plan) -> dict[str, int]:
    """Return how many tasks and programs were left at each stage."""
    survey, counted = plan.survey, plan.tally.counts
    found = {
        "runs": survey.runs,
        "tasks attempted": len(survey.pools),
        "tasks solved": sum(1 for found in survey.solutions.values() if found),
        "programs judged right": sum(pool.passed for pool in survey.pools),
        "programs judged wrong": sum(pool.failed for pool in survey.pools),
        "verified solutions": sum(len(found) for found in survey.solutions.values()),
        "distinct verified solutions": plan.survey.distinct(),
        "tasks in suites given with --against": sum(1 for pool in survey.pools if pool.contaminated),
    }
    return found | {name: count for name, count in sorted(counted.items()) if count}


def _facts(plan: Plan) -> list[str]:
    request = plan.request
    against = ", ".join(plan.survey.suites.names)
    kept = "flagged and kept" if request.keep_contaminated else "left out"
    facts = [
        f"Verification: {plan.approver.words}; what did not pass was left out.",
        "Negative examples are programs that a verifier found wrong (FAIL). A timeout, an undecided proof "
        "or a failure of ours never is one.",
        "Near-duplicates: programs that are equal up to layout, comments, names of their own and the order "
        "of their definitions, or whose token 5-grams have an estimated Jaccard similarity of at least "
        f"{THRESHOLD} (MinHash), are one cluster; of a cluster one solution a task is exported.",
        f"Splits: by cluster of tasks, never by row; tasks with like statements (similarity "
        f"{TASK_THRESHOLD}), like programs or a definition in common are one cluster. Every row was checked "
        "to be in the split of its cluster.",
        f"Solutions: at most {request.solutions} a task, the surest first, then {request.prefer} ones"
        + (", more of harder tasks." if request.balance == "difficulty" else "."),
        f"Contamination: tasks that share {NGRAM} words in a row ({FORMAL_NGRAM} tokens of a formal "
        f"specification) or {EXAMPLES} examples with a task of {against}, or in a solution a definition of "
        f"{LEAST_TOKENS} tokens or a program of similarity {NEAR}, were {kept}."
        if against
        else "Contamination: compared with no suite.",
        "`code_commit` and `code_dirty` (changes that were not committed) are of the code that made the run; "
        "in `grpo`, of the code that made the export, which this card names above.",
        "Known gaps: a TESTED program may be wrong on inputs that were not tried; proofs rest on the solvers "
        "that the rows name.",
    ]
    if plan.tally.damaged:
        facts.append(f"Left out because their record is damaged: {plan.tally.counts['damaged']}.")
    return facts
