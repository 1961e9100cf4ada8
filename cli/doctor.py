"""``proofsmith doctor``: is everything here, and do the verifiers judge rightly?"""

from __future__ import annotations

import json
import platform
import sys
import time
from dataclasses import asdict, dataclass
from importlib import metadata

from proofsmith import __version__
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.budget import Budget
from proofsmith.cli.dafny import mend
from proofsmith.cli.exits import FAILURE, SOLVED
from proofsmith.cli.options import DoctorOptions
from proofsmith.cli.probes import PROBES
from proofsmith.cli.settings import gather
from proofsmith.cli.view.text import one_line, verdict_detail, verdict_words
from proofsmith.errors import ProofsmithError, ToolMissing
from proofsmith.store.store import Store
from proofsmith.types import Status, Verdict
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox

_PACKAGES = (
    "hypothesis",
    "crosshair-tool",
    "pytest",
    "z3-solver",
    "langgraph",
    "litellm",
    "sqlalchemy",
    "rich",
    "typer",
)
_OPTIONAL = ("dafny",)
"""Verifiers of languages that not everyone uses: their tool may be missing."""
_SECONDS = 30.0


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        name: what was looked at.
        state: ``"ok"``, ``"warning"`` or ``"failed"``.
        detail: what was found.
        remedy: what to do about it; empty if it is ok.
    """

    name: str
    state: str
    detail: str
    remedy: str = ""


def run(options: DoctorOptions) -> int:
    """Look at everything, print what was found, and return 3 if something does not work."""
    settings = gather(options)
    findings = [Finding("proofsmith", "ok", f"{__version__}, Python {platform.python_version()}")]
    findings += [_package(name) for name in _PACKAGES]
    findings.append(_store(settings.run.store))
    if settings.client.base_url is not None:
        findings.append(_models(settings.client.base_url))
    with Toolbox(*settings.tools) as toolbox:
        sandbox = _sandbox(toolbox)
        findings.append(sandbox)
        if options.fix:
            findings.append(_mend(toolbox))
        if sandbox.state != "failed":
            findings += [_verifier(name, toolbox) for name in VERIFIERS.names()]
    failed = [finding for finding in findings if finding.state == "failed"]
    if options.json:
        sys.stdout.write(json.dumps({"@": "Doctor", "findings": [asdict(f) for f in findings]}) + "\n")
    else:
        _print(findings)
    return FAILURE if failed else SOLVED


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "failed", "not installed", f"{sys.executable} -m pip install {name}")


def _models(url: str) -> Finding:
    """Whether the server that is set in the environment or the settings file answers, and what it has."""
    from proofsmith.agents.models.opening import Opener

    try:
        listing = Opener(ClientSettings(base_url=url)).listing(url)
    except ProofsmithError as error:
        return Finding("models", "failed", str(error), "start the server, or set base_url to another one")
    names = ", ".join(m.name for m in listing.models[:5]) or "no models"
    return Finding("models", "ok", f"{listing.url} ({listing.dialect.name}): {names}")


def _store(text: str | None) -> Finding:
    try:
        with Store.open(text) as store:
            newest = store.runs(limit=1)
            detail = f"{store.name}, newest run {newest[0].id}" if newest else f"{store.name}, no runs yet"
            return Finding("store", "ok", detail)
    except ProofsmithError as error:
        return Finding("store", "failed", str(error), "name another store with --store or PROOFSMITH_STORE")


def _sandbox(toolbox: Toolbox) -> Finding:
    try:
        kind, detail = toolbox.sandbox.kind, toolbox.sandbox.describe()
    except ToolMissing as error:
        return Finding("sandbox", "failed", f"{error.tool} is not installed", error.install)
    except ProofsmithError as error:
        return Finding("sandbox", "failed", str(error))
    if kind == "bubblewrap":
        return Finding("sandbox", "ok", detail)
    return Finding("sandbox", "warning", detail, "apt-get install bubblewrap")


def _mend(toolbox: Toolbox) -> Finding:
    try:
        return Finding("fix dafny", "ok", mend(toolbox))
    except ToolMissing as error:
        return Finding("fix dafny", "warning", f"{error.tool} is not installed", error.install)
    except ProofsmithError as error:
        remedy = "name another Z3 in the settings (dafny_z3), or: apt-get install z3"
        return Finding("fix dafny", "failed", str(error), remedy)


def _verifier(name: str, toolbox: Toolbox) -> Finding:
    """Let a verifier judge a right and a wrong program."""
    title = f"verifier {name}"
    probe = PROBES.get(name)
    if probe is None:
        return Finding(title, "warning", "installed by another package; there is no probe for it")
    started = time.monotonic()
    try:
        verifier = VERIFIERS.get(name).create(toolbox)
        try:
            right = verifier.check(probe.task, probe.right, Budget(seconds=_SECONDS))
            wrong = verifier.check(probe.task, probe.wrong, Budget(seconds=_SECONDS))
        finally:
            verifier.close()
    except ToolMissing as error:
        state = "warning" if name in _OPTIONAL else "failed"
        return Finding(title, state, f"{error.tool} is not installed", error.install)
    except ProofsmithError as error:
        return Finding(title, "failed", str(error))
    if right.status is not Status.PASS:
        return Finding(title, "failed", f"does not accept a right program: {_words(right)}")
    if wrong.status is not Status.FAIL:
        return Finding(title, "failed", f"does not reject a wrong program: {_words(wrong)}")
    tool = f"{right.tool.name} {right.tool.version}, " if right.tool is not None else ""
    milliseconds = (time.monotonic() - started) * 1000
    notes = "".join(f"; {note}" for note in right.notes)
    return Finding(title, "ok", f"{tool}accepts right, rejects wrong ({milliseconds:.0f} ms){notes}")


def _words(verdict: Verdict) -> str:
    detail = verdict_detail(verdict)
    return verdict_words(verdict) + (f", {one_line(detail)}" if detail else "")


def _print(findings: list[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    signs = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}
    for finding in findings:
        print(f"{signs[finding.state]}  {finding.name:<{width}}  {finding.detail}")
        if finding.remedy:
            print(f"{'':9}{'':<{width}}  -> {finding.remedy}")
