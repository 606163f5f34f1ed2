"""An OpenAI-compatible server and the model it is asked for; the key never leaves the process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from harmonize.problems import ChoraleError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address (ending in /v1 as a rule), model name and key of a server.

    ``timeout`` in seconds is for one try of one request; ``tries`` is how often a request is tried in all.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0
    tries: int = 6

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")) or not self.model:
            raise ChoraleError(
                "endpoint-address",
                f"'{self.url}' with model '{self.model}' is not an endpoint.",
                "Give a URL that starts with http(s):// and a model name.",
            )

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> Endpoint | None:
        """The endpoint of CHORALE_LLM_URL, CHORALE_LLM_MODEL and CHORALE_LLM_KEY; None without the first two."""
        url, model = environment.get("CHORALE_LLM_URL", ""), environment.get("CHORALE_LLM_MODEL", "")
        return Endpoint(url, model, environment.get("CHORALE_LLM_KEY", "")) if url and model else None
