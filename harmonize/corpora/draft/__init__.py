"""Drafting a descriptor: looking at files and proposing how they are laid out."""

from harmonize.corpora.draft.corpus import Draft, draft
from harmonize.corpora.draft.sniff import Sample, sniff

__all__ = ["Draft", "Sample", "draft", "sniff"]
