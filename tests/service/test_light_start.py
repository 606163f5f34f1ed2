"""A web server starts without what its first pages do not need: each of these costs seconds and memory a process."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings

HEAVY = (
    "av",
    "label_studio_sdk",
    "mlcroissant",
    "openai",
    "pandas",
    "polars",
    "scipy.stats",
    "sklearn",
    "torch",
)
START = """
import sys
import chorale.asgi
from django.urls import get_resolver
get_resolver().url_patterns
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_all_addresses_are_known_without_heavy_packages() -> None:
    roots = os.environ | {"PYTHONPATH": os.pathsep.join([str(settings.ROOT / "platform"), str(settings.ROOT)])}
    command = [sys.executable, "-c", START, *HEAVY]
    told = subprocess.run(command, env=roots, capture_output=True, text=True, timeout=240)
    assert (told.stdout.strip(), told.returncode) == ("", 0), told.stderr
