"""The options of every command, as frozen dataclasses: one field an option, the default beside it.

A default of ``None`` means "not given": the environment, the settings file and then the default of
the settings class decide (see `proofsmith.settings`). This module is imported for ``--help`` and
loads nothing but Typer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="[MODULE:]FUNCTION", help="The function to write, if FILE leaves a choice."
    ),
]
Store = Annotated[
    str | None,
    typer.Option("--store", metavar="PATH|URL", help="Where runs are kept (default: your data directory)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines on standard output.")]
Time = Annotated[
    float | None, typer.Option("--time", metavar="SECONDS", help="Wall-clock budget (default: 60).")
]
Candidates = Annotated[
    int | None, typer.Option("--candidates", metavar="N", help="Stop after N candidate programs.")
]
VerifierCalls = Annotated[
    int | None, typer.Option("--verifier-calls", metavar="N", help="Stop after N calls of a verifier.")
]
Paranoid = Annotated[
    bool, typer.Option("--paranoid", help="Have cvc5 prove again what Z3 proved (SyGuS and SMT-LIB).")
]
RequireSandbox = Annotated[
    bool,
    typer.Option("--require-sandbox", help="Refuse to run candidates outside the bubblewrap sandbox."),
]
Ask = Annotated[
    bool,
    typer.Option("--ask", help="When programs disagree, ask for the right answer and go on."),
]
Output = Annotated[
    str | None, typer.Option("-o", "--output", metavar="PATH", help="Also write the program to PATH.")
]
Plain = Annotated[bool, typer.Option("--plain", help="Report progress as plain lines, also on a terminal.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or a unique beginning of it.")]


@dataclass(frozen=True)
class SolveOptions:
    """Search for a program that FILE specifies.

    FILE is a Python module with a missing function body, a pytest file, a task file (TOML), or
    one task of a JSONL suite (suite.jsonl:TASK_ID). The program goes to standard output,
    everything else to standard error. Exit code: 0 solved, 1 not solved within the budget,
    2 unusable input, 3 a failure of ours.
    """

    file: Annotated[str, typer.Argument(metavar="FILE", help="The specification.", show_default=False)]
    target: Target = None
    time: Time = None
    candidates: Candidates = None
    verifier_calls: VerifierCalls = None
    strategy: Annotated[
        str | None, typer.Option("--strategy", metavar="NAME", help="The search strategy (default: mcts).")
    ] = None
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="NAME", help="What proposes programs (default: symbolic)."),
    ] = None
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Seed of all random choices (default: 0).")
    ] = None
    assurance: Annotated[
        str | None,
        typer.Option(
            "--assurance", metavar="LEVEL", help="The least assurance wanted: tested, bounded or proved."
        ),
    ] = None
    output: Output = None
    in_place: Annotated[bool, typer.Option("--in-place", help="Fill the hole in FILE itself.")] = False
    render: Annotated[
        str | None,
        typer.Option("--as", metavar="LANGUAGE", help="Show the answer to a SyGuS problem as python."),
    ] = None
    ask: Ask = False
    require_sandbox: RequireSandbox = False
    paranoid: Paranoid = False
    store: Store = None
    plain: Plain = False
    json: Json = False


@dataclass(frozen=True)
class ResumeOptions:
    """Go on with a run that was stopped.

    It has the budget that it left over, or what you give it. The tree is rebuilt from the store;
    nothing is judged again. Exit codes are those of solve.
    """

    run: Run
    time: Annotated[
        float | None,
        typer.Option("--time", metavar="SECONDS", help="Seconds to go on for (default: what is left)."),
    ] = None
    candidates: Annotated[
        int | None, typer.Option("--candidates", metavar="N", help="New total of candidate programs.")
    ] = None
    verifier_calls: Annotated[
        int | None, typer.Option("--verifier-calls", metavar="N", help="New total of verifier calls.")
    ] = None
    output: Output = None
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Fill the hole in the file that the run came from.")
    ] = False
    ask: Ask = False
    require_sandbox: RequireSandbox = False
    store: Store = None
    plain: Plain = False
    json: Json = False


@dataclass(frozen=True)
class VerifyOptions:
    """Judge a program against the specification in FILE.

    Exit code: 0 accepted, 1 not accepted, 2 unusable input, 3 a failure of ours.
    """

    file: Annotated[str, typer.Argument(metavar="FILE", help="The specification.", show_default=False)]
    candidate: Annotated[
        str | None,
        typer.Option(
            "--candidate",
            metavar="PROGRAM",
            help="The file with the program; not needed for an SMT-LIB script, which is proved itself.",
        ),
    ] = None
    target: Target = None
    time: Annotated[
        float | None, typer.Option("--time", metavar="SECONDS", help="Wall-clock budget (default: 60).")
    ] = None
    assurance: Annotated[
        str | None,
        typer.Option(
            "--assurance", metavar="LEVEL", help="The least assurance wanted: tested, bounded or proved."
        ),
    ] = None
    require_sandbox: RequireSandbox = False
    paranoid: Paranoid = False
    json: Json = False


@dataclass(frozen=True)
class RunsOptions:
    """List the runs in the store, newest first."""

    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many.", min=1)] = 20
    store: Store = None
    json: Json = False


@dataclass(frozen=True)
class ShowOptions:
    """Show the search tree of a run."""

    run: Run
    node: Annotated[
        int | None,
        typer.Option("--node", metavar="N", help="Show this node in full: program, verdicts, path."),
    ] = None
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="The most nodes to show; 0 for all.", min=0)
    ] = 60
    store: Store = None
    json: Json = False


@dataclass(frozen=True)
class DemoOptions:
    """Solve every task file in FOLDER, live, and sum up.

    The programs and the progress go to standard error, the summary to standard output. Exit code
    1 if a task was not solved.
    """

    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="Where the task files are.", show_default=False)
    ] = "examples"
    time: Time = None
    store: Store = None
    require_sandbox: RequireSandbox = False
    plain: Plain = False


@dataclass(frozen=True)
class DoctorOptions:
    """Check that everything needed is here and works.

    Every verifier must accept a right program and reject a wrong one. Also names versions, the
    sandbox in force, the store, and the command that installs what is missing. Exit code 3 if a
    verifier misjudges or cannot run.
    """

    require_sandbox: RequireSandbox = False
    store: Store = None
    json: Json = False
