"""Near duplicates within and across corpora: looked for among all texts, kept as groups around a leader."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from chorale.store import bridge, profiles
from chorale.store.models import Corpus, Job, NearDuplicate
from harmonize.corpora.duplicates import near_duplicates
from harmonize.problems import ChoraleError


def find(*, corpora: Sequence[Corpus] = (), threshold: float = 0.8, job: Job | None = None) -> dict[str, int]:
    """Look through the texts of some corpora (none named: all) and write who is alike to whom; the same texts and
    threshold give the same groups. What was known of these items before is replaced.

    Returns items looked at, groups, and items that follow a leader. In memory: the texts, and 300 bytes a text.
    """
    if not 0.3 <= threshold <= 1:
        raise ChoraleError("threshold", f"{threshold} is no useful threshold.", "Give one from 0.3 to 1.")
    where, params = "text <> ''", []
    if corpora:
        where, params = where + " AND corpus_id = ANY($1)", [[corpus.pk for corpus in corpora]]
    rows = bridge.table(f"SELECT id, text FROM item WHERE {where} ORDER BY id", params)  # noqa: S608
    ids = rows["id"].to_pylist()
    groups = near_duplicates(rows["text"].to_pylist(), threshold=threshold)
    similarity = {(match.first, match.second): match.similarity for match in groups.matches}
    led = [
        (ids[text], ids[leader], similarity[leader, text], threshold, job.pk if job else None)
        for leader, members in groups.members().items()
        for text in members[1:]
    ]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM near_duplicate WHERE item_id = ANY(%s) OR leader_id = ANY(%s)", [ids, ids])
        columns = ("item_id", "leader_id", "similarity", "threshold", "job_id")
        bridge.copy_in(NearDuplicate._meta.db_table, columns, led)
        profiles.outdate(corpora)
    return {"items": len(ids), "groups": len(groups.members()), "followers": len(led)}
