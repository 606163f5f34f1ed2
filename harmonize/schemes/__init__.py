"""Schemes: versioned label sets as data, one TOML file each under ``harmonize/data``, and forms made of them."""

from harmonize.schemes.files import check, load, shipped
from harmonize.schemes.form import Form, Layer, When, check_form, form_from_dict
from harmonize.schemes.form_files import load_form, read_form, shipped_forms
from harmonize.schemes.graph import lineage, linked, linking, terms, words
from harmonize.schemes.parts import Dimension, Label, Link, Penalty, Source, TextField
from harmonize.schemes.penalty import answer_costs, co_occurrence, penalties
from harmonize.schemes.relations import relations
from harmonize.schemes.scheme import Scheme
from harmonize.schemes.wheel import positions

__all__ = [
    "Dimension",
    "Form",
    "Label",
    "Layer",
    "Link",
    "Penalty",
    "Scheme",
    "Source",
    "TextField",
    "When",
    "answer_costs",
    "check",
    "check_form",
    "co_occurrence",
    "form_from_dict",
    "lineage",
    "linked",
    "linking",
    "load",
    "load_form",
    "penalties",
    "positions",
    "read_form",
    "relations",
    "shipped",
    "shipped_forms",
    "terms",
    "words",
]
