"""Forms about models that have spoken: comparing them with people, calibrating one, importing what one said."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms

from annotation.model_raters.calibration import METHODS
from chorale.store import file_predictions, object_store
from chorale.store.models import Collection, Judgment, Rater, Scheme
from chorale.web.asked_about import AskAbout
from chorale.web.launch_forms import Ask, Json

LARGEST = 512 << 20  # bytes
KINDS = (".csv", ".jsonl", ".parquet")


def models() -> list[tuple[str, str]]:
    """Model raters as choices."""
    rows = Rater.objects.filter(kind="model").order_by("pseudonym")
    return [(r.pseudonym, f"{r.model.get('name') or ''} {r.pseudonym}, {r.model.get('scheme', '')}") for r in rows]


class BakeOffForm(AskAbout):
    """A collection that people labelled and models judged."""

    raters = forms.MultipleChoiceField(
        label="Models",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: every model that judged the collection.",
    )
    declared = forms.ChoiceField(
        label="The people are",
        choices=[("crowd", "crowd workers"), ("skilled", "skilled"), ("expert", "experts")],
        help_text="Sets the margin of the alternative annotator test.",
    )
    rounds = forms.IntegerField(label="Bootstrap rounds", initial=1000, min_value=0, max_value=20_000)
    seed = forms.IntegerField(label="Seed", initial=0, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("raters", models())

    def schemes(self) -> Any:
        """Those under which a model has spoken."""
        return Scheme.objects.filter(pk__in=Judgment.objects.filter(rater__kind="model").values("scheme"))


class CalibrateForm(Ask):
    """A model rater, items that people labelled too, and the kind of map."""

    rater = forms.ChoiceField(label="Model")
    collection = forms.ChoiceField(label="Collection", help_text="People labelled it and the model judged it.")
    method = forms.ChoiceField(
        label="Map",
        choices=[
            (METHODS[0], "Temperature: one number that sharpens or softens all answers"),
            (METHODS[1], "Isotonic: for each label a rising step function; needs more items"),
        ],
    )
    seed = forms.IntegerField(label="Seed of the halves", initial=0, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("rater", models())
        self.choose("collection", Collection.objects.order_by("slug").values_list("slug", "title"))


class PredictionsForm(Ask):
    """A file of soft labels, and who says them."""

    file = forms.FileField(
        label="File",
        help_text="CSV, JSON lines or Parquet: a column item (uuid, or a source id that is unique) and one a label.",
        widget=forms.FileInput(attrs={"accept": ",".join(KINDS)}),
    )
    name = forms.SlugField(label="Name of the model", max_length=60)
    version = forms.CharField(label="Its version", max_length=40)
    scheme = forms.ChoiceField(label="Scheme", help_text="The columns are its labels or dimensions.")
    perspective = AskAbout.base_fields["perspective"]
    trained_on = forms.ChoiceField(
        label="It was trained on", help_text="Those items, and texts and groups like them, enter no comparison."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Scheme.objects.order_by("title", "ref").values_list("ref", "title")
        self.choose("scheme", [(ref, f"{title} ({ref})") for ref, title in rows])
        known = Collection.objects.order_by("slug").values_list("slug", "title")
        nothing = (file_predictions.NOTHING, "Nothing that is in Chorale")
        self.choose("trained_on", [("", "Choose"), nothing, *((slug, title) for slug, title in known)])

    def clean_file(self) -> Any:
        """Of a kind that can be read, and of a size that one request may bring."""
        file = self.cleaned_data["file"]
        if Path(file.name).suffix.lower() not in KINDS:
            raise forms.ValidationError(f"{file.name} is none of {', '.join(KINDS)}.")
        if file.size > LARGEST:
            raise forms.ValidationError("It is larger than 512 MiB: import it by command.")
        return file

    def params(self) -> Json:
        """The parameters of the job; the file is kept under its hash first."""
        data = dict(self.cleaned_data)
        file = data.pop("file")
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix.lower()) as spare:
            for block in file.chunks():
                spare.write(block)
            spare.flush()
            key, _ = object_store.put_file(Path(spare.name), prefix=file_predictions.FOLDER)
        return data | {"file": key, "file_name": Path(file.name).name}
