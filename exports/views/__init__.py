"""Views of one release: the same items and ids, shaped for a task; one file a split."""

from exports.views.parts import VIEWS, Asked, View
from exports.views.writing import wanted, write_views

__all__ = ["VIEWS", "Asked", "View", "wanted", "write_views"]
