"""The ``proofsmith`` program: finds the command, runs it, turns every error into an exit code.

Commands are imported when they run, so that ``--help`` stays fast.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import io
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any

import typer

from proofsmith import __version__
from proofsmith.cli import data_options, options
from proofsmith.cli.clock import command_clock
from proofsmith.cli.exits import BAD_INPUT, complain, guarded
from proofsmith.cli.view.terminal import guard_terminal

COMMANDS: tuple[tuple[str, type, str], ...] = (
    ("solve", options.SolveOptions, "proofsmith.cli.solve"),
    ("resume", options.ResumeOptions, "proofsmith.cli.resume"),
    ("verify", options.VerifyOptions, "proofsmith.cli.verify"),
    ("runs", options.RunsOptions, "proofsmith.cli.runs"),
    ("show", options.ShowOptions, "proofsmith.cli.show"),
    ("export", data_options.ExportOptions, "proofsmith.cli.export"),
    ("replay", data_options.ReplayOptions, "proofsmith.cli.replay"),
    ("import", data_options.ImportOptions, "proofsmith.cli.importing"),
    ("stats", data_options.StatsOptions, "proofsmith.cli.stats"),
    ("demo", options.DemoOptions, "proofsmith.cli.demo"),
    ("models", options.ModelsOptions, "proofsmith.cli.models"),
    ("doctor", options.DoctorOptions, "proofsmith.cli.doctor"),
)
"""Name, options, and the module whose ``run(options) -> int`` carries the command out."""

_UsageError: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
"""What Typer raises for a wrong command line; its module differs between versions of Typer."""

app = typer.Typer(
    name="proofsmith",
    help="Search for programs that a verifier accepts.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"proofsmith {__version__}")
        raise typer.Exit(0)


@app.callback()
def _program(
    version: typing.Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Search for programs that a verifier accepts."""


def _command(options_class: type, module: str) -> Callable[..., int]:
    """Return a function with the fields of `options_class` as its parameters, as Typer wants it."""
    hints = typing.get_type_hints(options_class, include_extras=True)

    def command(**given: Any) -> int:
        with command_clock():
            return guarded(lambda: importlib.import_module(module).run(options_class(**given)))

    parameters = []
    for field in dataclasses.fields(options_class):
        default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
        parameters.append(
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]
            )
        )
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = dict(hints)
    command.__doc__ = inspect.cleandoc(options_class.__doc__ or "")
    return command


for _name, _options, _module in COMMANDS:
    app.command(_name)(_command(_options, _module))


def invoke(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result = app(list(arguments), prog_name="proofsmith", standalone_mode=False)
    except _UsageError as error:
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "proofsmith"
        text = " ".join(error.format_message().split()).rstrip(".")
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())
        else:
            complain(f"{text} (see {where} --help)")
        return BAD_INPUT
    except typer.Abort:
        return 130
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the installed program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal shows what it can; a file or a pipe gets UTF-8, as Python sources are.
            stream.reconfigure(errors="replace", encoding=None if stream.isatty() else "utf-8")
    guard_terminal()
    sys.exit(invoke(sys.argv[1:]))


if __name__ == "__main__":
    main()
