"""``python -m chorale.embedded start|stop|status [postgres] [valkey] [label-studio]``: the services without the web."""

from __future__ import annotations

import sys

from chorale.embedded import parts, state
from harmonize.problems import ChoraleError


def main(arguments: list[str]) -> int:
    """Do what the arguments say; returns the exit status."""
    verb, *names = arguments or ["status"]
    wanted = names or list(parts.SERVICES)
    if verb not in ("start", "stop", "status") or set(wanted) - set(parts.SERVICES):
        print(__doc__)
        return 2
    if verb == "start":
        parts.start(wanted)
    if verb == "stop":
        parts.stop(wanted)
    for name in wanted:
        print(f"{name}: {'running' if parts.SERVICES[name]().alive() else 'stopped'}")
    for name, value in state.read().items():
        print(f"{name}={value}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ChoraleError as error:
        sys.exit(str(error))
