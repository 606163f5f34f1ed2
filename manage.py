"""Chorale's management commands: ``python manage.py help``."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run a Django management command under Chorale's settings."""
    # `platform/` is a source root, never a package: it would shadow the standard library's `platform`.
    sys.path.insert(0, str(Path(__file__).resolve().parent / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chorale.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
