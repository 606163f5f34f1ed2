"""Forms: the list, one form as raters see it, and making the next version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotation.studio.words import ENGLISH, in_language, shipped
from chorale.store import access
from chorale.store.form_defining import core, define_form, form_problems
from chorale.store.form_speech import speeches
from chorale.store.models import Campaign, Form
from chorale.store.models.people import Role
from chorale.web import form_editor as editor
from chorale.web import launches
from chorale.web.lists import Column, Listing
from chorale.web.parts import Action, action, crumb
from chorale.web.scheme_panels import panels
from harmonize.languages import right_to_left
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes import Form as CoreForm
from harmonize.schemes.wording import blank, own_words
from harmonize.schemes.written import tables


class Forms(Listing):
    """Every version of every form."""

    title = "Forms"
    word = "Voices"
    lead = (
        "What raters are asked: layers in order, each a scheme from one perspective. A changed form is a new version."
    )
    columns = (
        Column("slug", "Form", value=str, kind="link", sort="slug", under=lambda f: f.title),
        Column("layers", "Layers", value="asked", kind="count"),
        Column("campaigns", "Campaigns", value="used", kind="count"),
        Column("created_at", "Since", kind="when", sort="created_at"),
    )
    search = ("slug", "title")
    order = "slug"
    empty_title = "No form yet"
    empty_text = "A form asks one scheme or several, some of them only after certain answers."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        found = access.rows(self.request.user, Form)
        return found.annotate(asked=Count("layers", distinct=True), used=Count("campaign", distinct=True))

    def href(self, row: Form) -> str:
        """Its page."""
        return reverse("form", args=[row.slug, row.version])

    def more(self) -> dict[str, Any]:
        """Making one."""
        return {"actions": [Action("Make a form", reverse("form-new"))]}


def form(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """One version: each layer as a rater is asked it, the prompt, the columns, where it is used."""
    row = access.one(request.user, Form, slug=slug, version=version)
    context = {
        "title": row.title, "word": "Form", "crumbs": [crumb("Forms", "forms")], "form": row,
        **_drawn(core(row), request.GET.get("read_in", "")), **_spoken(row),
        "campaigns": Campaign.objects.filter(form=row, parent=None).order_by("slug"),
        "versions": Form.objects.filter(slug=slug).exclude(pk=row.pk).order_by("version"),
        "actions": [
            *launches.offered(request, "open_campaign", form=row.pk),
            action("Make a new version", f"{reverse('form-new')}?from={slug}@{version}"),
        ],
    }  # fmt: skip
    return render(request, "chorale/form.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Layer by layer or TOML; sent, everything is checked, and a sound form kept as the next version."""
    person = access.demand(request.user, Role.ADMIN)
    start, problems = _start(request), []
    way = request.POST.get("way", "")
    head = editor.FormHead(request.POST if way == "layers" else None, initial=_head(start))
    text = editor.FormText(request.POST if way == "text" else None, request.FILES or None)
    rows = editor.rows(start)
    more = way == "layers" and "more" in request.POST  # asked for without a script
    if more:
        head, rows = editor.FormHead(initial=request.POST.dict()), [*editor.sent_rows(request.POST), editor.empty_row()]
    elif request.method == "POST":
        try:
            made, rows = _sent(request, head, text, rows)
            if made is not None:
                row = define_form(by=person, made=made)
                messages.success(request, f"{row} is kept. A change is a new version.")
                return redirect("form", row.slug, row.version)
        except ChoraleError as error:
            problems = [Problem("", error.message, error.fix, error.code)]
    context = {
        "title": "Make a form" if start is None else f"The next version of {start.id}", "word": "Voices",
        "crumbs": [crumb("Forms", "forms")], "head": head, "text": text, "rows": rows, "problems": problems,
        **editor.choices(),
    }  # fmt: skip
    return render(
        request, "chorale/form_new.html", context, status=422 if request.method == "POST" and not more else 200
    )


def row(request: HttpRequest) -> HttpResponse:
    """One more layer for the editor."""
    access.demand(request.user, Role.ADMIN)
    context = {"row": editor.empty_row(), "fresh": True, **editor.choices()}
    return render(request, "chorale/language/form_row.html", context)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What is typed so far: every problem, and the form as it would be asked."""
    access.demand(request.user, Role.ADMIN)
    data = request.POST.copy()
    data["slug"], data["title"] = data.get("slug") or "form", data.get("title") or "Untitled"
    way = data.get("way")
    head, text = editor.FormHead(data), editor.FormText(data, request.FILES or None)
    context: dict[str, Any] = {}
    try:
        made = None
        if way == "layers" and head.is_valid():
            made = editor.made_of(head, editor.sent_rows(data))
        elif way == "text" and text.is_valid():
            made = text.form()
        told = [Problem(head[name].label, " ".join(map(str, said)), "Mend it.") for name, said in head.errors.items()]
        context = {"problems": told if way == "layers" else []}
        if made is not None and made.layers:
            read_in = head.cleaned_data["read_in"] if way == "layers" else ""
            context = {"problems": form_problems(made), **_drawn(made, read_in)}
    except ChoraleError as error:
        context = {"problems": [Problem("", error.message, error.fix, error.code)]}
    return render(request, "chorale/language/form_preview.html", context)


def _sent(
    request: HttpRequest, head: editor.FormHead, text: editor.FormText, rows: list[editor.Row]
) -> tuple[CoreForm | None, list[editor.Row]]:
    """The form that was sent, None if its fields are faulty, and the rows to show again."""
    if request.POST.get("way") == "text":
        return (text.form() if text.is_valid() else None), rows
    sent = editor.sent_rows(request.POST)
    return (editor.made_of(head, sent) if head.is_valid() else None), sent


def _start(request: HttpRequest) -> CoreForm | None:
    """The version that the address names, to start from."""
    slug, _, version = request.GET.get("from", "").partition("@")
    if not slug or not version.isdigit():
        return None
    return core(access.one(request.user, Form, slug=slug, version=int(version)))


def _head(start: CoreForm | None) -> dict[str, Any]:
    if start is None:
        return {}
    told = "\n\n".join(f"--- {tag}\n{text}" for tag, text in start.translations.items())
    return {
        "slug": start.id, "title": start.title, "guidelines": start.guidelines, "translations": told,
        "warning": start.warning, "confidence": start.confidence, "language": start.language,
        "wording": tables(start.wording),
    }  # fmt: skip


def _spoken(row: Form) -> dict[str, Any]:
    """How far a form speaks which languages, and what there is to say in another one."""
    return {
        "speeches": speeches(row),
        "shipped": sorted(shipped()),
        "blank": tables({"xx": blank(core(row))}),
        "fixed": tables({"xx": {"words": ENGLISH.texts}}),
    }


def _drawn(made: CoreForm, language: str = "") -> dict[str, Any]:
    """Each layer with its panels, as raters of a language read it; the prompt, and the columns of what is kept."""
    columns = [(field.name, str(field.type)) for field in made.arrow_schema()]
    language = language or made.language
    sound = not form_problems(made)  # what is faulty is shown as it was written
    said = made.in_language(language) if sound else made
    words = in_language(language, own_words(made.wording, language) if sound else None)
    return {
        "layers": [(layer, panels(layer.scheme)) for layer in said.layers],
        "core": said,
        "read_in": language,
        "from_right": right_to_left(language),
        "words": {key.replace(".", "_").replace("-", "_"): text for key, text in words.texts.items()},
        "prompt": made.prompt(),
        "columns": columns,
    }
