#!/bin/sh
# Label Studio in a container: prepare the database (first admin and token come from the environment), then serve.
set -eu
package=$(python -c 'import importlib.util; print(importlib.util.find_spec("label_studio").submodule_search_locations[0])')
label-studio init
# It imports its own parts by their bare names.
export PYTHONPATH="$package" DJANGO_SETTINGS_MODULE=label_studio.core.settings.label_studio
exec gunicorn label_studio.core.wsgi:application --bind 0.0.0.0:8080 --workers 2 --threads 4 --timeout 600
