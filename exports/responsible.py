"""What a release says of its making, its people and its limits: the RAI fields of Croissant and the data statement."""

from __future__ import annotations

from typing import Any

from exports.recipe import Recipe

Json = dict[str, Any]


def statements(recipe: Recipe, report: Json) -> Json:
    """The fields of Croissant's RAI vocabulary, each from figures of the report; nothing here is typed by hand."""
    layers, kinds = report["layers"], report["raters"]
    models = sorted({layer["raters"] for layer in layers if layer["raters"] not in ("people", "source")})
    per_item = "; ".join(f"{la['name']}: {la['mean_n']:.2f} a rated item" for la in layers if la["mean_n"])
    made: Json = {
        "rai:dataCollection": "Texts and media of the corpora named in the card, under their own licences.",
        "rai:dataCollectionMissingData": (
            "A null element of a soft label was not expressible at its source; a null label was rated by nobody; null "
            "n or entropy means that the source does not publish its votes."
        ),
        "rai:dataAnnotationProtocol": [
            f"{la['name']}: {la['method']} of {la['raters']}, {la['perspective']}, {la['scheme']}." for la in layers
        ],
        "rai:dataAnnotationAnalysis": _analysis(report),
        "rai:annotationsPerItem": per_item or "not published",
        "rai:annotatorDemographics": [
            f"{kinds.get('person', 0)} people with an id; traits, where given, in raters.parquet."
        ],
        "rai:personalSensitiveInformation": _personal(report),
        "rai:dataBiases": [
            "Emotion labels follow the schemes, languages and raters of their sources; see the agreement."
        ],
        "rai:dataLimitations": [
            f"{row['layer']}: through {row['crosswalk']} ({row['status']})." for row in report["loss"]
        ]
        or ["Soft labels of few raters are coarse; n stands beside each."],
        "rai:dataUseCases": ["Learning from and measuring human label variation in emotion.", *map(str, recipe.views)],
        "rai:dataReleaseMaintenancePlan": "Immutable; a correction or withdrawal is a new version that names this one.",
    }
    if "model" in kinds:
        made["rai:machineAnnotationTools"] = models or ["Models named in raters.parquet."]
    return made


def _analysis(report: Json) -> list[str]:
    lines = []
    for entry in report["agreement"]:
        where = f"{entry['corpus']}, {entry['scheme']}, {entry['perspective']}"
        named = {"": entry["alpha"]} if entry["alpha"] else {f", {k}": v for k, v in entry["parts"].items()}
        for part, found in named.items():
            value = "undefined" if found["value"] is None else f"{found['value']:.3f}"
            lines.append(f"{where}{part}: Krippendorff's alpha {value}")
        if entry["refused"]:
            lines.append(f"{where}: {entry['refused']}")
    return lines or ["No two people rated the same item."]


def _personal(report: Json) -> list[str]:
    signs = sum(n for found in report["personal_data"].values() for n in found.values())
    told = (
        "Raters and authors bear pseudonyms of this release alone; times are coarsened; small trait cells suppressed."
    )
    return [told, f"Texts that show a sign of personal data (an address, a number, an account): {signs}."]
