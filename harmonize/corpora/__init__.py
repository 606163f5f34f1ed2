"""Many corpora brought in by description: descriptors, readers, and the accounting of every row."""

from harmonize.corpora.collect import Collected, Counts, collect
from harmonize.corpora.descriptor import load, parse
from harmonize.corpora.judged import judgments
from harmonize.corpora.layout import Answer, Descriptor, ItemColumns, Layer, Shape, SourceTable
from harmonize.corpora.readers import read
from harmonize.corpora.record import Place, Rating, Reading, Record, Refused, Repeat

__all__ = [
    "Answer",
    "Collected",
    "Counts",
    "Descriptor",
    "ItemColumns",
    "Layer",
    "Place",
    "Rating",
    "Reading",
    "Record",
    "Refused",
    "Repeat",
    "Shape",
    "SourceTable",
    "collect",
    "judgments",
    "load",
    "parse",
    "read",
]
