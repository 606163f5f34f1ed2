"""What an erasure is about and where it would reach: the answers, lines, prompts and tuples that speak of it."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db.models import QuerySet

from chorale.store import erasure_traces
from chorale.store.models import (
    CorpusPerson,
    Erasure,
    Item,
    Judgment,
    ModelRequest,
    Prompt,
    Rater,
    Release,
    Response,
    StudioTask,
)

GONE = "[withdrawn]"
"""What stands where an erased text stood: in contexts of other items, in examples of prompts."""

DREW = "figures and maps that drew on it"
"""Of `Erasure.reached`: what stays, and is named as stale."""

Lines = dict[int, set[int]]


def key_of(row: Item | Rater) -> str:
    """The name under which an erasure is kept: it says which, and not what."""
    if isinstance(row, Item):
        return str(row.uuid)
    return f"{row.corpus.slug}:{row.source_key}" if row.corpus and row.source_key else row.pseudonym


def row_of(erasure: Erasure) -> Item | Rater | None:
    """The row that an erasure is of; None once it has ended."""
    if erasure.finished_at is not None:
        return None
    if erasure.kind == "item":
        return Item.objects.filter(uuid=erasure.key).first()
    slug, _, key = erasure.key.rpartition(":")
    known = Rater.objects.filter(corpus__slug=slug, source_key=key) if slug else Rater.objects.filter(pseudonym=key)
    return known.first()


def found(row: Item | Rater) -> dict[str, int]:
    """What an erasure would reach, counted by place."""
    judged = responses(row)
    told = {"judgments": Judgment.objects.filter(response__in=judged).count()}
    told["lines of raw uploads"] = sum(len(lines) for lines in lines_of(row, judged).values())
    told["Label Studio answers"] = judged.filter(external_id__isnull=False).count()
    if isinstance(row, Item):
        told["Label Studio tasks"] = StudioTask.objects.filter(item=row).count()
        told["requests to models"] = requests_with(row).count()
        told["prompts that show it"] = len(prompts_with(row.uuid))
    drawn = {(kind, key) for kind, key, _ in erasure_traces.search(judged)}
    told[DREW] = len(drawn)
    told["releases to look through"] = Release.objects.filter(state__in=["frozen", "published", "withdrawn"]).count()
    return told


def responses(row: Item | Rater) -> QuerySet[Response]:
    """Every answer to the item, or of the rater."""
    return Response.objects.filter(item__in=whole(row)) if isinstance(row, Item) else Response.objects.filter(rater=row)


def whole(item: Item) -> list[Item]:
    """The item, and the tuples of comparisons that show its text beside others: they go with it."""
    return [item, *Item.objects.filter(facets__contains={"members": [str(item.uuid)]}).order_by("pk")]


def retelling(item: Item) -> list[Item]:
    """Later turns of the same dialogue, in whose context its text stands."""
    if not item.text or not item.group:
        return []
    others = Item.objects.filter(corpus=item.corpus, group=item.group).exclude(pk=item.pk).order_by("pk")
    return [one for one in others if any(turn.get("text") == item.text for turn in one.context)]


def requests_with(item: Item) -> QuerySet[ModelRequest]:
    """The requests to models that told its text: about it, about tuples with it and about turns after it."""
    return ModelRequest.objects.filter(item__in=[one.uuid for one in (*whole(item), *retelling(item))])


def lines_of(row: Item | Rater, judged: QuerySet[Response]) -> Lines:
    """Source file to the lines that speak of it."""
    found: Lines = defaultdict(set)
    pairs = set(judged.filter(source_file__isnull=False).values_list("source_file", "line"))
    if isinstance(row, Item):
        pairs.add((row.source_file_id, row.line))
    elif row.corpus_id is not None and row.source_key:
        persons = CorpusPerson.objects.filter(corpus=row.corpus_id, key=row.source_key)
        pairs |= set(persons.values_list("source_file", "line"))
    for file, line in pairs:
        if file is not None and line:
            found[file].add(line)
    return found


def prompts_with(item: UUID) -> list[Prompt]:
    """The prompts that show an item as an example and have not lost it yet."""
    shots = [(prompt, shot["item"]) for prompt in Prompt.objects.all() for shot in prompt.definition.get("shots", [])]
    return list({p.pk: p for p, shown in shots if shown["id"] == str(item) and shown["text"] != GONE}.values())
