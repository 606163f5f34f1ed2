"""Starting and stopping the peers: vLLM on the processor, and `transformers serve`, which drops features silently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from chorale.embedded import ports
from chorale.embedded.process import Daemon
from tests.peers import environment

PATIENCE_S = 300.0
# Without it a weak model may fill its answer with white space, which every JSON grammar allows.
TIGHT_JSON = '{"backend": "xgrammar", "disable_any_whitespace": true}'


@contextmanager
def vllm(model: Path, name: str) -> Iterator[str]:
    """The URL of a vLLM server of ``model``, known as ``name``."""
    port = ports.claim(f"vllm-{name}")
    command = [
        *(environment.python(), "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", model, "--served-model-name", name, "--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "float32", "--max-model-len", "2048", "--max-num-seqs", "32", "--enforce-eager"),
        *("--structured-outputs-config", TIGHT_JSON),
    ]
    yield from serving(f"vllm-{name}", command, port)


@contextmanager
def transformers_serve() -> Iterator[str]:
    """The URL of a `transformers serve` server; a request names the folder of the model it wants."""
    port = ports.claim("transformers")
    program = environment.python().with_name("transformers")
    yield from serving(
        "transformers", [program, "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"], port
    )


def serving(name: str, command: list[Path | str], port: int) -> Iterator[str]:
    """Run the command until the caller is done; its base URL once it says that it is well."""
    daemon = Daemon(name)
    daemon.start(command, environment=environment.offline())
    try:
        daemon.wait_ready(lambda: well(port), seconds=PATIENCE_S)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        daemon.stop()


def well(port: int) -> bool:
    """Whether a server answers its health check."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
