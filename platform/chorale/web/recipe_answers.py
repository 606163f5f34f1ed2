"""What was answered in the wizard, as the values of a recipe; what nobody answered is left out: its default holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chorale.store.release_ways import Offer
from exports.gate_names import BLOCKING, GATES
from exports.views.parts import VIEWS

Json = dict[str, Any]
SHOWN = ("people", "source")


def listed(text: str) -> list[str]:
    """Words with commas between, as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def values(data: Json, sources: Json, offers: Mapping[str, Offer]) -> Json:
    """The recipe as `exports.recipe_writer.written` takes it; ``data`` are the form's cleaned answers."""
    plain = ("slug", "version", "title", "changes", "summary", "licence", "url")
    chosen = [offers[name] for name in data["layers"]]
    return {
        "views": _views(data, chosen),
        "release": {name: data[name] for name in plain}
        | {"authors": listed(data["authors"]), "date": data["date"].isoformat() if data["date"] else ""},
        "data": {
            "corpora": [row.slug for row in sources["named"]],
            "collections": [row.slug for row in sources["collections"]],
            "campaigns": [row.slug for row in sources["campaigns"]],
            "models": [row.pseudonym for row in sources["models"]],
            "without_text": data["without_text"],
            "counts_only": data["counts_only"],
        },
        "layers": [_layer(offer, assisted=data["assisted"]) for offer in chosen],
        "derived": [_derived(asked) for asked in data["derived"]],
        "filters": {name: data[name] for name in ("min_raters", "max_entropy", "min_agreement", "reserved")}
        | {"languages": listed(data["languages"]), "licences": data["licences"]},
        "exclude_raters": {name: data[name] for name in ("fewest_judgments", "least_agreement")}
        | ({"shared_items": data["shared_items"]} if data["least_agreement"] is not None else {}),
        "splits": _splits(data),
        "subsets": _subsets(data),
        "without": {"items": data["items_without"], "judgments": data["judgments_without"]},
        "privacy": {name: data[name] for name in ("time", "trait_k")},
        "gates": _gates(data),
    }


def _layer(offer: Offer, *, assisted: bool) -> Json:
    people = offer.layer["raters"] == "people"
    return offer.layer | ({"arms": ["blind", "assisted"]} if assisted and people else {})


def _derived(asked: str) -> Json:
    rule, layer, *other = asked.split(":")
    short = {"turn-shift": "shift", "perspective-gap": "gap", "inferred-value": "inferred"}[rule.partition("@")[0]]
    name = "_".join([short, layer, *(["to", *other] if other else [])])
    return {"name": name, "rule": rule, "layer": layer, "other": other[0] if other else ""}


def _splits(data: Json) -> Json:
    plain = ("by", "time_facet", "train", "dev", "test", "seed", "honour_source", "stratify")
    held = {name: listed(data[name]) for name in ("test_values", "dev_values")}
    facets = [f"facet:{name}" for name in listed(data["group_facets"])]
    told = {name: data[name] for name in plain} | held | {"group": [*data["group"], *facets]}
    return told | ({"raters": True} if data["raters"] else {})


def _subsets(data: Json) -> list[Json]:
    found = [_subset(asked, data) for asked in data["subsets"]]
    if data["unseen_layer"]:
        labels = listed(data["unseen_labels"])
        found.append({"name": "unseen", "rule": "unseen-label", "layer": data["unseen_layer"], "labels": labels})
    return found


def _subset(asked: str, data: Json) -> Json:
    rule, _, what = asked.partition(":")
    name = f"{rule}-{what}".strip("-").replace("_", "-").lower()
    if rule == "language":
        return {"name": name, "rule": rule, "languages": [what]}
    test = {"layer": what, "least": data["conflict_least"], "level": data["conflict_level"]} if what else {}
    return {"name": name, "rule": rule, **test}


def _views(data: Json, chosen: list[Offer]) -> list[str]:
    """Each view as asked, and once more for each option; of models' layers only by name."""
    named = list(data["views"])
    if data["views_of_models"]:
        models = [offer for offer in chosen if offer.layer["raters"] not in SHOWN]
        named += [f"{v}:{o.name}" for v in data["views"] for o in models if o.semantics in VIEWS[v].semantics]
    return named + [f"{view}/{option}" for option in data["view_options"] for view in named]


def _gates(data: Json) -> Json:
    told = {name: data[name] for name in ("alpha_target", "max_model_share")} | {"min_raters": data["few_raters"]}
    # An empty list is a choice too; a form sent without the question is none.
    asked = data["gates_chosen"] and set(data["block"]) != set(BLOCKING)
    return told | ({"block": tuple(name for name in GATES if name in data["block"])} if asked else {})
