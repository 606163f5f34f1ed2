"""Where the files of a corpus lay when it was last imported: mended rows may name media there."""

from __future__ import annotations

from pathlib import Path

from chorale.store.models import Corpus, Shard


def folder_of(corpus: Corpus) -> Path | None:
    """The folder that the latest import of this corpus read, if it is still there."""
    ranges = Shard.objects.filter(job__kind="import_corpus", range__corpus=corpus.slug).order_by("-job_id")
    found = ranges.values_list("range", flat=True).first()
    folder = Path(found["folder"]) if found else None
    return folder if folder is not None and folder.is_dir() else None
