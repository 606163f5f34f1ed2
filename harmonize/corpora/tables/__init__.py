"""Formats: every source file becomes a table of rows, good or bad, that can be read from an offset on."""

from harmonize.corpora.tables.columnar import Columnar
from harmonize.corpora.tables.delimited import Delimited, Dialect
from harmonize.corpora.tables.document import JsonDocument
from harmonize.corpora.tables.jsonl import JsonLines
from harmonize.corpora.tables.row import BadRow, Row, Table
from harmonize.corpora.tables.unrolled import Unrolled
from harmonize.corpora.tables.workbook import Workbook

__all__ = [
    "BadRow", "Columnar", "Delimited", "Dialect", "JsonDocument", "JsonLines", "Row", "Table", "Unrolled", "Workbook",
]  # fmt: skip
