"""The table behind the cache that all web processes share: it counts failed sign-ins."""

from django.core.management import call_command
from django.db import migrations


def make(apps, schema_editor):
    call_command("createcachetable", "web_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("store", "0020_erasure_traces")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
