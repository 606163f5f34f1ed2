"""Lists of what was measured or settled of a scope: the same filters, search and first columns."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from chorale.store import access
from chorale.store.models import AggregationReport, AgreementReport
from chorale.web.lists import Column, Filter, Listing, plain

OF = Column("scope", "Of", kind="link", value=lambda r: f"{r.scope_type} {r.scope}", under=lambda r: r.perspective)
SCHEME = Column("scheme", "Scheme", value="scheme.ref", kind="code")


class ScopedList(Listing):
    """One row a scope, scheme and perspective."""

    table: ClassVar[type[AggregationReport] | type[AgreementReport]]
    word = "Voices"
    filters = (Filter("of", "Of", plain(["corpus", "campaign", "collection"]), "scope_type"),)
    search = ("scope", "scheme__ref")

    def rows(self) -> QuerySet[Any]:
        """Those this person may see."""
        return access.rows(self.request.user, self.table).select_related("scheme")
