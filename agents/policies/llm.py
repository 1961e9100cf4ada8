"""The one door to LiteLLM: sends a request, returns the answer's JSON, or says what went wrong."""

from __future__ import annotations

import importlib.util
import logging
import os
from dataclasses import dataclass
from typing import Any

from proofsmith.agents.models.failures import Failure, Trouble, classify
from proofsmith.agents.models.types import Features
from proofsmith.agents.models.wire import Wire
from proofsmith.errors import BadInput


@dataclass(frozen=True)
class Answer:
    """An answer as decoded JSON, and its price in US dollars where LiteLLM knows it."""

    data: dict[str, Any]
    cost: float | None = None


class LiteLlm:
    """One model behind LiteLLM. Importing LiteLLM takes seconds: make it before time counts.

    Args:
        model: LiteLLM's name, with the provider's prefix.
        base_url: the server to ask; ``None`` for the provider's own.
        key: the key to send; ``None`` lets LiteLLM read the provider's environment variable.

    Raises:
        BadInput: LiteLLM knows no provider for `model`.
    """

    def __init__(self, model: str, base_url: str | None = None, key: str | None = None) -> None:
        self._litellm = _import()
        self.model, self.base_url, self._key = model, base_url, key
        try:
            self._litellm.get_llm_provider(model, api_base=base_url)
        except Exception:
            hint = "write provider/model, for example openai/gpt-5-mini, or name a server with --base-url"
            raise BadInput(
                f"the model {model!r} belongs to no provider that LiteLLM knows", hint=hint
            ) from None

    async def send(self, wire: Wire, seconds: float) -> Answer:
        """Send one request, once.

        Raises:
            Failure: it did not lead to an answer.
        """
        fields, extra = dict(wire.fields), dict(wire.extra)
        if "tools" in fields:
            # LiteLLM looks for MCP among them, with a package that it does not bring along.
            if self.base_url is not None:
                extra["tools"] = fields.pop("tools")
            elif importlib.util.find_spec("mcp") is None:
                fields["_skip_mcp_handler"] = True
        try:
            response = await self._litellm.acompletion(
                model=self.model,
                messages=wire.messages,
                api_base=self.base_url,
                api_key=self._key,
                timeout=seconds,
                max_retries=0,
                num_retries=0,
                drop_params=self.base_url is None,
                **fields,
                **({"extra_body": extra} if extra else {}),
            )
        except Exception as error:
            raise _failure(error) from None  # what it says may hold a key
        data = _plain(response)
        if not isinstance(data, dict):
            raise Failure(Trouble.BROKEN, "the answer is not a JSON object")
        hidden = getattr(response, "_hidden_params", None) or {}
        cost = hidden.get("response_cost") if self.base_url is None else None
        return Answer(data, float(cost) if isinstance(cost, int | float) else None)

    def prices(self) -> tuple[float, float] | None:
        """Return US dollars per token in and out, by LiteLLM's list; ``None`` if unknown.

        A server of one's own has no list price, whatever its model is called.
        """
        info = self._info()
        if self.base_url is not None or info is None:
            return None
        price_in, price_out = info.get("input_cost_per_token"), info.get("output_cost_per_token")
        return None if price_in is None or price_out is None else (float(price_in), float(price_out))

    def features(self) -> Features:
        """Return what LiteLLM's tables say of a hosted model, without asking it."""
        info = self._info() or {}
        try:
            known = set(self._litellm.get_supported_openai_params(self.model) or ())
        except Exception:  # a table without this model is no failure
            known = set()
        context = info.get("max_input_tokens")
        return Features(
            n="n" in known if known else None,
            logprobs="logprobs" in known if known else None,
            grammar=False,
            json_schema=bool(info.get("supports_response_schema")) if info else None,
            tools="tools" in known if known else None,
            context=context if isinstance(context, int) else None,
        )

    def _info(self) -> dict[str, Any] | None:
        try:
            return dict(self._litellm.get_model_info(self.model))
        except Exception:  # LiteLLM raises a bare Exception for a model it has no prices of
            return None


def _import() -> Any:
    # Without this it tries for seconds to download its price list.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    # How many connections there are is up to our limiter: waiting for one would count as the call's time.
    for name in ("AIOHTTP_CONNECTOR_LIMIT", "AIOHTTP_CONNECTOR_LIMIT_PER_HOST"):
        os.environ.setdefault(name, "100000")
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def _failure(error: Exception) -> Failure:
    response = getattr(error, "response", None)
    headers = getattr(error, "litellm_response_headers", None) or getattr(response, "headers", None) or {}
    status = getattr(error, "status_code", None)
    return classify(error, status=status if isinstance(status, int) else None, headers=dict(headers))


def _plain(item: Any) -> Any:
    """Return LiteLLM's answer as plain data."""
    dump = getattr(item, "model_dump", None)
    return item if dump is None else dump()
