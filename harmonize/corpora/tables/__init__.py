"""Formats: every source file becomes a table of rows, good or bad, that can be read from an offset on."""

from harmonize.corpora.tables.delimited import Delimited, Dialect
from harmonize.corpora.tables.jsonl import JsonLines
from harmonize.corpora.tables.row import BadRow, Row, Table

__all__ = ["BadRow", "Delimited", "Dialect", "JsonLines", "Row", "Table"]
