"""Views of one release: the same items and ids, shaped for a task; one file a split."""

from exports.views.parts import VIEWS, View
from exports.views.writing import wanted, write_views

__all__ = ["VIEWS", "View", "wanted", "write_views"]
