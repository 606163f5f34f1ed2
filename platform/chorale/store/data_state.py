"""The data state as one hash: two databases that say the same have the same, whatever their surrogate ids and times."""

from __future__ import annotations

import hashlib
import json

from chorale.store.models import Judgment


def digest() -> str:
    """sha256 (hex) over all current judgments, by public key, with what each says."""
    rows = Judgment.objects.filter(retired_at__isnull=True, response__retired_at__isnull=True).order_by("key")
    columns = ("key", "status", "labels", "intensities", "values", "probabilities", "out_of_fold")
    hashed = hashlib.sha256()
    for key, *said in rows.values_list(*columns).iterator():
        hashed.update(json.dumps([str(key), *said]).encode())
    return hashed.hexdigest()
