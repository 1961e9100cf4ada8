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
        "--target", metavar="[MODULE:]FUNCTION", help="The function meant, if FILE leaves a choice."
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
MaxCost = Annotated[
    float | None, typer.Option("--max-cost", metavar="DOLLARS", help="Stop before models cost more.")
]
MaxTokens = Annotated[
    int | None, typer.Option("--max-tokens", metavar="N", help="Stop before models use more tokens.")
]
MaxCalls = Annotated[
    int | None, typer.Option("--max-calls", metavar="N", help="Stop after N calls of a model.")
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="The language model of planner, coder and critic."),
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="The OpenAI-compatible server that has the models."),
]
Planner = Annotated[
    str | None, typer.Option("--planner", metavar="NAME", help="The planner's model, or symbolic.")
]
Coder = Annotated[str | None, typer.Option("--coder", metavar="NAME", help="The coder's model, or symbolic.")]
Critic = Annotated[
    str | None, typer.Option("--critic", metavar="NAME", help="The critic's model, or symbolic.")
]
Record = Annotated[
    str | None, typer.Option("--record", metavar="FILE", help="Write what models are asked and answer.")
]
Replay = Annotated[
    str | None, typer.Option("--replay", metavar="FILE", help="Take models' answers from such a file.")
]
Assurance = Annotated[
    str | None,
    typer.Option(
        "--assurance", metavar="LEVEL", help="The least assurance wanted: tested, bounded or proved."
    ),
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
Top = Annotated[
    str | None, typer.Option("--top", metavar="MODULE", help="The module meant, of a Verilog design.")
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, a unique beginning of it, or latest.")]


@dataclass(frozen=True)
class SolveOptions:
    """Search for a program that FILE specifies.

    FILE is a Python module with a missing function body, a pytest file, a task file (.toml), one
    task of a suite (suite.jsonl:TASK_ID), a SyGuS problem (.sl), a Dafny program (.dfy), or a
    Verilog design (.v). The program goes to standard output, everything else to standard error.
    Exit code: 0 solved, 1 not solved within the budget, 2 unusable input, 3 a failure of ours.
    """

    file: Annotated[str, typer.Argument(metavar="FILE", help="The specification.", show_default=False)]
    target: Target = None
    time: Time = None
    candidates: Candidates = None
    verifier_calls: VerifierCalls = None
    max_cost: MaxCost = None
    max_tokens: MaxTokens = None
    max_calls: MaxCalls = None
    model: Model = None
    base_url: BaseUrl = None
    planner: Planner = None
    coder: Coder = None
    critic: Critic = None
    record: Record = None
    replay: Replay = None
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
    assurance: Assurance = None
    output: Output = None
    in_place: Annotated[bool, typer.Option("--in-place", help="Fill the hole in FILE itself.")] = False
    render: Annotated[
        str | None,
        typer.Option("--as", metavar="LANGUAGE", help="Show the answer to a SyGuS problem as python."),
    ] = None
    optimize: Annotated[
        str | None,
        typer.Option("--optimize", metavar="WHAT", help="Improve a design in area, depth, cells or power."),
    ] = None
    top: Top = None
    lib: Annotated[
        str | None,
        typer.Option("--lib", metavar="FILE", help="The Liberty cell library to map to."),
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
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", metavar="DOLLARS", help="New total of what models cost.")
    ] = None
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", metavar="N", help="New total of models' tokens.")
    ] = None
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", metavar="N", help="New total of calls of a model.")
    ] = None
    base_url: BaseUrl = None
    record: Record = None
    replay: Replay = None
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

    Python whose bodies are there, Dafny programs and SMT-LIB scripts are judged as they stand; a
    program in another file is named with --candidate. Designs are compared with --against.
    Exit code: 0 accepted, 1 not accepted, 2 unusable input, 3 a failure of ours.
    """

    file: Annotated[str, typer.Argument(metavar="FILE", help="The specification.", show_default=False)]
    candidate: Annotated[
        str | None,
        typer.Option(
            "--candidate",
            metavar="PROGRAM",
            help="The file with the program; not needed where FILE is judged itself: Python with its "
            "bodies, an SMT-LIB script, a Dafny program.",
        ),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="ORIGINAL",
            help="Compare FILE with this: a Verilog design, or a Dafny program that FILE completes.",
        ),
    ] = None
    top: Top = None
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="N", help="Clock cycles to cover where no proof is found.", min=1),
    ] = None
    vcd: Annotated[
        str | None,
        typer.Option("--vcd", metavar="PATH", help="Write the counterexample as a waveform (VCD)."),
    ] = None
    target: Target = None
    time: Time = None
    assurance: Assurance = None
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
    calls: Annotated[
        bool, typer.Option("--calls", help="With --node: also what models were asked and answered.")
    ] = False
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="The most nodes to show; 0 for all.", min=0)
    ] = 60
    html: Annotated[
        str | None,
        typer.Option("--html", metavar="PATH", help="Write the whole run as one HTML page with links."),
    ] = None
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

    fix: Annotated[
        bool, typer.Option("--fix", help="Fetch the Z3 that Dafny 2.3 needs into your data directory.")
    ] = False
    require_sandbox: RequireSandbox = False
    store: Store = None
    json: Json = False


@dataclass(frozen=True)
class ModelsOptions:
    """Find out which models a server has and what it really does.

    Asks a few small questions: several servers take settings and ignore them silently. What was
    found is kept and used by solve.
    """

    base_url: BaseUrl = None
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="The model to ask (default: the first one listed)."),
    ] = None
    only_list: Annotated[bool, typer.Option("--list", help="Only list the models, ask nothing.")] = False
    json: Json = False
