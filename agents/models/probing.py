"""Finding out what a server really does: several servers take fields and ignore them without a word."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from proofsmith.agents.models.live import LiveClient
from proofsmith.agents.models.types import CallFailed, Features
from proofsmith.agents.models.wire import DIALECTS, Dialect
from proofsmith.budget import Budget
from proofsmith.model_calls import Message, Reply, Request, Sample, Sampling, ToolSpec

_VERSION = 2
_DRAWS = 3
_ASK = (Message("user", "Tell me a short story about a river and a stone."),)
_BUDGET = Budget(seconds=300.0)
_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"k7": {"type": "integer", "enum": [1741, 9273]}},
        "required": ["k7"],
        "additionalProperties": False,
    }
)
_GRAMMAR = 'root ::= "zq" [0-9] [0-9] "qz"'
_TOOL = ToolSpec(
    "weather",
    "Tells the weather in a town.",
    json.dumps({"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}),
)


@dataclass(frozen=True)
class Probed:
    """What was found out about one model on one server.

    Attributes:
        features: what it does.
        dialect: name of the dialect that worked.
        requests: how many requests that took.
        tokens: how many tokens.
    """

    features: Features
    dialect: str
    requests: int = 0
    tokens: int = 0


class Probe:
    """Asks a model small questions whose answers show which features work.

    Args:
        client: without features known, so that everything is asked for.
        context: what the server lists as the length of the context.
    """

    def __init__(self, client: LiveClient, context: int | None) -> None:
        self._client, self._context = client, context
        self._requests = self._tokens = 0

    def run(self, told: Callable[[str], None] = lambda _: None) -> Probed:
        """Ask; `told` gets the name of each feature before it is tried.

        Raises:
            ModelError: not even a plain question is answered.
        """
        client = self._client
        client.features = Features(context=self._context)
        self._ask(Sampling(max_tokens=4))
        found: dict[str, bool | None] = {}
        for name, test in (
            ("n", self._n),
            ("logprobs", self._logprobs),
            ("seed", self._seed),
            ("json_schema", self._schema),
            ("grammar", self._grammar),
            ("tools", self._tools),
        ):
            told(name)
            try:
                found[name] = test()
            except CallFailed:
                found[name] = False
            if name == "n" and found[name] is not True:
                client.features = replace(client.features, n=False)
        known = Features(**found, token_ids=self._token_ids(), context=self._context)
        client.features = known
        return Probed(known, client.dialect.name, self._requests, self._tokens)

    def _ask(self, sampling: Sampling, request: Request | None = None) -> Reply:
        asked = replace(request or Request(_ASK), sampling=sampling, purpose="probe")
        reply = self._client.complete(asked, _BUDGET)
        self._requests += reply.requests
        self._tokens += reply.usage.tokens
        return reply

    def _n(self) -> bool:
        return "n" in self._ask(Sampling(n=2, max_tokens=4)).honoured

    def _logprobs(self) -> bool:
        """One answer without them shows nothing: it may be empty, or end inside a character."""
        for _ in range(_DRAWS):
            self._with_logprobs = self._ask(Sampling(logprobs=2, max_tokens=16)).samples[0]
            if self._with_logprobs.logprobs is not None:
                return True
        return False

    _with_logprobs: Sample | None = None

    def _token_ids(self) -> bool:
        return self._with_logprobs is not None and self._with_logprobs.token_ids is not None

    def _seed(self) -> bool | None:
        """Equal seeds must give equal texts; where other seeds give no other texts, nothing is shown."""
        same = {self._ask(Sampling(seed=11, max_tokens=24)).text for _ in range(2)}
        if len(same) > 1:
            return False
        others = {self._ask(Sampling(seed=seed, max_tokens=24)).text for seed in (12, 13)}
        return True if others != same else None

    def _schema(self) -> bool:
        text = self._ask(Sampling(max_tokens=160), Request(_ASK, json_schema=_SCHEMA)).text
        try:
            value = json.loads(text)
        except ValueError:
            return False
        return isinstance(value, dict) and value.get("k7") in (1741, 9273) and len(value) == 1

    def _grammar(self) -> bool:
        """A server of unknown kind may still take the grammar field of a known kind."""
        own = self._client.dialect
        tried = [own] if own.grammar else [d for d in DIALECTS.values() if d.grammar]
        return any(self._obeys(dialect, own) for dialect in tried)

    def _obeys(self, dialect: Dialect, own: Dialect) -> bool:
        # Of a foreign dialect only the field for the grammar is taken over.
        self._client.dialect = replace(own, grammar=dialect.grammar)
        try:
            text = self._ask(Sampling(max_tokens=16), Request(_ASK, grammar=_GRAMMAR)).text
        except CallFailed:
            text = ""
        if re.fullmatch(r"zq\d\dqz", text.strip()):
            self._client.dialect = dialect
            return True
        self._client.dialect = own
        return False

    def _tools(self) -> bool:
        question = (Message("user", "Use the tool to find out how the weather is in Oslo."),)
        sample = self._ask(
            Sampling(temperature=0.0, max_tokens=200), Request(question, tools=(_TOOL,))
        ).samples[0]
        return any(call.name == "weather" for call in sample.tool_calls)


def remembered(path: Path, name: str) -> Probed | None:
    """Return what an earlier probe found for `name` (see `remember`), if the file knows it."""
    entry = _read(path).get(name)
    try:
        if not isinstance(entry, dict) or entry.get("version") != _VERSION:
            return None
        known = {f.name for f in fields(Features)}
        features = Features(**{k: v for k, v in entry["features"].items() if k in known})
        dialect = str(entry["dialect"])
    except (KeyError, TypeError, AttributeError):
        return None
    return Probed(features, dialect) if dialect in DIALECTS else None


def remember(path: Path, name: str, probed: Probed) -> None:
    """Keep what was found under `name`. Where the file cannot be written, the next run probes again."""
    entries = _read(path)
    entries[name] = {"version": _VERSION, "dialect": probed.dialect, "features": asdict(probed.features)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(entries, file, indent=1, sort_keys=True)
        os.replace(temporary, path)
    except OSError:
        return


def _read(path: Path) -> dict[str, object]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
