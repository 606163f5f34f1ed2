"""What a release could hold: the soft labels that chosen corpora, campaigns and models can give."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from chorale.store import registry, release_ways
from chorale.store.models import Campaign, Corpus, Crosswalk, FormLayer, Judgment, Rater, Scheme
from chorale.store.release_ways import Offer
from harmonize.problems import ChoraleError

METHODS = {"single": "vote-distribution", "set": "vote-proportions", "intensity": "intensity-mean",
           "dimension": "dimension-mean"}  # fmt: skip
RATERS = ("people", "source", "models")


@dataclass
class _Names:
    """Column names, each once."""

    taken: set[str] = field(default_factory=set)

    def of(self, *parts: str) -> str:
        for size in range(1, len(parts) + 1):
            name = "_".join(part.replace("-", "_") for part in parts[:size])
            if name not in self.taken:
                break
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


def offers(corpora: Sequence[Corpus], campaigns: Sequence[Campaign], models: Sequence[Rater]) -> list[Offer]:
    """Native columns first, one a scheme, perspective and kind of rater; then each model alone, other ways to put
    people's votes together, those through a crosswalk, and points by word norms."""
    names, native, alone = _Names(), [], []
    for scheme, perspective in sorted(_asked(corpora, campaigns), key=lambda pair: (pair[0].ref, pair[1])):
        for raters in _speakers(scheme, perspective, corpora, campaigns, models):
            native.append(_native(scheme, perspective, raters, names))
            if raters == "models" and len(models) > 1:
                alone += [_native(scheme, perspective, model.pseudonym, names) for model in _told(models, scheme)]
    ways = [way for offer in native for way in release_ways.of(offer, corpora, campaigns, names.of)]
    mapped = [_mapped(offer, walk, names) for offer in native for walk in _walks(offer)]
    points = [placed for offer in [*native, *mapped] if (placed := release_ways.points(offer, names.of))]
    return native + alone + ways + mapped + points


def _asked(corpora: Iterable[Corpus], campaigns: Iterable[Campaign]) -> set[tuple[Scheme, str]]:
    """(scheme, perspective) pairs that descriptors and forms declare: no judgment is counted for it."""
    found: set[tuple[Scheme, str]] = set()
    for corpus in corpora:
        for layer in corpus.descriptor.get("layers", []):
            if scheme := _scheme(str(layer.get("scheme", ""))):
                found.add((scheme, str(layer.get("perspective") or corpus.perspective)))
    forms = FormLayer.objects.filter(form__in=[row.form for row in campaigns]).select_related("scheme")
    return found | {(row.scheme, row.perspective) for row in forms}


def _scheme(ref: str) -> Scheme | None:
    try:
        return registry.scheme(ref) if ref else None
    except ChoraleError:
        return None


def _speakers(
    scheme: Scheme, perspective: str, corpora: Sequence[Corpus], campaigns: Sequence[Campaign], models: Sequence[Rater]
) -> list[str]:
    """Which kinds of raters speak under a scheme, each found by its first judgment."""
    said = Judgment.objects.filter(scheme=scheme, perspective=perspective, retired_at__isnull=True)
    ours = said.filter(Q(item__corpus__in=corpora) | Q(response__campaign__in=campaigns))
    people = ours.filter(Q(rater__kind="person") | Q(rater__isnull=True))
    found = [people.exists(), ours.filter(rater__kind="source").exists(), said.filter(rater__in=models).exists()]
    return [name for name, there in zip(RATERS, found, strict=True) if there]


def _told(models: Sequence[Rater], scheme: Scheme) -> list[Rater]:
    """The models that judged under a scheme."""
    said = Judgment.objects.filter(scheme=scheme, retired_at__isnull=True)
    return [model for model in models if said.filter(rater=model).exists()]


def _native(scheme: Scheme, perspective: str, raters: str, names: _Names) -> Offer:
    """``raters``: one of `RATERS`, or the name of one model."""
    kind, model = str(scheme.kind), raters not in ("people", "source")
    method = "model-confidence" if model and kind != "dimension" else METHODS.get(kind, "vote-proportions")
    short = scheme.ref.partition("@")[0]
    plain = re.sub(r"[^a-z0-9]+", "_", raters.lower()).strip("_")
    name = names.of(short if raters == "people" else f"{short}_{plain}", perspective, plain)
    layer = {"name": name, "scheme": scheme.ref, "perspective": perspective, "method": method, "raters": raters}
    known = {"people": "people's votes", "source": "the published label", "models": "models' beliefs"}
    said = known.get(raters, f"{raters} alone")
    return Offer(layer, scheme.title, f"{scheme.ref}, {perspective}, {method} of {said}", raters in RATERS)


def _walks(offer: Offer) -> list[Crosswalk]:
    if offer.layer["raters"] == "models":
        return []
    walks = Crosswalk.objects.filter(source__ref=offer.layer["scheme"])
    return list(walks.select_related("target").order_by("ref"))


def _mapped(offer: Offer, walk: Crosswalk, names: _Names) -> Offer:
    target = walk.target
    short, whose = target.ref.partition("@")[0], str(offer.layer["perspective"])
    kind = str(target.kind)
    layer = offer.layer | {
        "name": names.of(short, whose, offer.name),
        "scheme": target.ref,
        "method": METHODS.get(kind, "vote-proportions"),
        "sources": [{"scheme": offer.layer["scheme"], "crosswalk": walk.ref}],
    }
    return Offer(layer, target.title, f"{walk.ref}, {whose}", native=False, status=walk.status)
