#!/bin/sh
# A browser for the tests: $CHROMIUM, one on the PATH, else installed (apt-get as root, else Playwright's own).
# Exits 1 if there is none in the end.
set -u
found() {
    { [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]; } ||
        command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
        python - <<'P' 2>/dev/null
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))
P
}
found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: chromium (apt-get)"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } </dev/null >/dev/null
fi
found && exit 0
echo "setup: chromium (playwright)"
python -m playwright install chromium </dev/null >/dev/null
found
