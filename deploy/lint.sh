#!/bin/sh
# Every check runs, so that one run shows all that is wrong; the exit status tells whether any failed.
set -u
status=0
check() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok    $name"
    else
        status=1
        printf 'FAIL  %s\n%s\n' "$name" "$output"
    fi
}
migrations() { # needs no server: only the models are compared with the migrations' state
    CHORALE_VAR=build/lint DATABASE_URL=postgresql://nobody@127.0.0.1:1/none \
        python -W ignore manage.py makemigrations --check --dry-run
}
check "ruff: style" ruff check .
check "ruff: format" ruff format --check .
check "mypy: core" mypy harmonize annotation exports
check "mypy: embedded" mypy platform/chorale/embedded
check "layers" lint-imports
check "djlint: templates" djlint --quiet --lint platform/chorale
check "migrations" migrations
check "house" python -m pytest tests/house -q -p no:cacheprovider
exit $status
