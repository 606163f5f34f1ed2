"""A table as a file of its own."""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse

from chorale.web.reports.tables import Table


def as_file(table: Table | None, form: str, *, of: str, file_name: str) -> HttpResponse:
    """The table as CSV or JSON, with what it is of; 404 where there is none of that name."""
    if table is None:
        raise Http404
    if form == "json":
        body = {"of": of, "table": table.name, "title": table.title, "rows": table.plain}
        return JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response = HttpResponse(table.csv, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}-{table.name}.csv"'
    return response
