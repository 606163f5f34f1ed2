"""Versions are compared cell by cell, and a scheme's codes keep their meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harmonize import crosswalks, schemes
from harmonize.crosswalks import Cell, Crosswalk, map_judgments
from harmonize.crosswalks.review import changes, check_successor
from harmonize.records import Judgments, Kind
from harmonize.schemes import Scheme

CW = crosswalks.load("ekman-6--ekman-6-set")


def test_changes_are_told_cell_by_cell() -> None:
    weaker = replace(CW.cells[0], weight=0.5)
    extra = Cell("anger", "skos:relatedMatch", "disgust", 0.5)
    found = changes(CW, replace(CW, cells=(weaker, extra, *CW.cells[2:])))
    assert found.added == (extra,)
    assert found.removed == (CW.cells[1],)
    assert found.changed == ((CW.cells[0], weaker),)
    assert not changes(CW, CW)


def test_a_code_is_never_reused() -> None:
    old = schemes.load("ekman-6")
    longer = replace(old, version="1.1.0", labels=(*old.labels, replace(old.labels[0], code=6, id="awe")))
    assert check_successor(old, longer) == []
    turned = replace(old, labels=tuple(replace(x, code=k) for k, x in enumerate(reversed(old.labels))))
    assert [p.code for p in check_successor(old, turned)] == ["scheme-codes"]
    shorter = replace(old, labels=old.labels[:-1])
    assert [p.code for p in check_successor(old, shorter)] == ["scheme-codes"]
    vad = schemes.load("vad-5")
    wider = replace(vad, dimensions=(replace(vad.dimensions[0], high=9.0), *vad.dimensions[1:]))
    assert [p.code for p in check_successor(vad, wider)] == ["scheme-range"]


def test_schemes_of_ones_own_in_any_language_map_when_bound() -> None:
    mine = Scheme.from_dict(
        {
            "id": "kōkako",
            "version": "2",
            "title": "T",
            "kind": "set",
            "language": "mi",
            "labels": ["aroha", "riri", "mataku"],
        }
    )
    assert schemes.check(mine) == []
    cells = [
        {"subject": "riri", "predicate": "skos:closeMatch", "object": "anger", "source": "me"},
        {"subject": "mataku", "predicate": "skos:closeMatch", "object": "fear", "source": "me"},
        {
            "subject": "aroha",
            "predicate": "skos:relatedMatch",
            "object": crosswalks.NO_TERM,
            "weight": 0,
            "source": "me",
        },
    ]
    data = {"id": "k--e", "version": "1", "title": "", "source_scheme": mine.ref, "target_scheme": "ekman-6-set@1.0.0"}
    bound = Crosswalk.from_dict({**data, "cells": cells}).bind(mine, schemes.load("ekman-6-set"))
    assert crosswalks.check(bound) == []
    assert replace(bound, version="2").source_labels is mine, "a copy keeps its schemes"
    assert "bound" not in bound.to_dict()
    j = Judgments.from_ratings([("a", "1", ["riri", "aroha"])], kind=Kind.SET, labels=mine.names)
    marks = map_judgments(j, bound).marks()
    assert [bound.target_labels.names[k] for k in np.flatnonzero(marks[0])] == ["anger"]


def test_seven_hundred_and_five_labels_are_no_trouble() -> None:
    names = [f"feeling {k}" for k in range(705)]
    big = Scheme.from_dict({"id": "big", "version": "1", "title": "Big", "kind": "set", "labels": names})
    assert schemes.check(big) == []
    assert big.code("feeling 704") == 704
    assert big.soft_type().list_size == 705
