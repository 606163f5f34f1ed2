"""Every shape a corpus comes in, declared in corpus.toml, and what it becomes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import corpora
from harmonize.corpora.descriptor import examine
from harmonize.corpora.mending import reread
from harmonize.corpora.opening import sources
from harmonize.records import Kind, Status
from harmonize.schemes import Dimension, Scheme
from tests.core.corpora import made
from tests.core.corpora.made import ABOUT, codes
from tests.core.corpora.test_media_and_archives import png

SET = {"name": "emotion", "scheme": "ekman-6-neutral-set", "perspective": "reader"}
ONE = {**SET, "scheme": "ekman-6-neutral"}
VAD = {**SET, "scheme": "vad-9"}


def whole(
    folder: Path, files: dict[str, str], tables: list[dict[str, Any]], *layers: dict[str, Any], **about: Any
) -> Any:
    """What files of this content come to, laid out like this."""
    for name, content in files.items():
        (folder / name).write_text(content)
    descriptor = corpora.parse({"corpus": {**ABOUT, **about}, "layers": list(layers), "files": tables})
    found = corpora.collect(descriptor, corpora.read(descriptor, folder, key=b"k"))
    assert found.counts.read == sum(found.files[name].read for name in found.files)
    return found


def said(found: corpora.Collected) -> list[tuple[str, str]]:
    return [(item, rating.native) for item, rating in found.answers]


def test_aggregated_labels_are_published_and_nobody_s(tmp_path: Path) -> None:
    table = {"path": "a.csv", "shape": "aggregated", "columns": {"id": "id", "text": "t"}, "answers": [{"column": "l"}]}
    found = whole(tmp_path, {"a.csv": "id,t,l\na,Day,joy\n"}, [table], ONE)
    assert [(r.published, r.rater) for _, r in found.answers] == [(True, None)]


def test_ratings_with_and_without_rater_ids(tmp_path: Path) -> None:
    rows = "id,t,l,who\na,Day,joy,r1\na,Day,joy,r2\na,Day,joy,r1\n"
    table = {"path": "a.csv", "shape": "ratings", "columns": {"id": "id", "text": "t"}, "answers": [{"column": "l"}]}
    anonymous = whole(tmp_path, {"a.csv": rows}, [table], ONE)
    assert (len(anonymous.answers), anonymous.counts.duplicates) == (3, 0)  # three people, for all we know
    named = {**table, "columns": {"id": "id", "text": "t", "rater": "who"}}
    found = whole(tmp_path, {"a.csv": rows}, [named], ONE)
    assert (len(found.answers), found.counts.duplicates) == (2, 1)


def test_one_column_a_rater(tmp_path: Path) -> None:
    answers = [{"raters": ["rater_*"]}]
    table = {"path": "a.csv", "shape": "rater-columns", "columns": {"id": "id", "text": "t"}, "answers": answers}
    found = whole(tmp_path, {"a.csv": "id,t,rater_1,rater_2,rater_3\na,Day,joy,,fear\n"}, [table], ONE)
    assert said(found) == [("a", "joy"), ("a", "fear")]


@pytest.mark.parametrize("raters", [["said.r*"], ["said.r1", "said.r2"]])
def test_one_key_a_rater_in_json(raters: list[str], tmp_path: Path) -> None:
    table = {"path": "a.json", "shape": "rater-columns", "columns": {"id": "id", "text": "id"},
             "answers": [{"raters": raters}]}  # fmt: skip
    rows = '{"id": "a", "said": {"r1": "joy", "r2": null}}\n{"id": "b", "said": {"r1": "joy", "r2": "fear"}}\n'
    lines = whole(tmp_path, {"a.jsonl": rows}, [{**table, "path": "a.jsonl"}], ONE)
    assert said(lines) == [("a", "joy"), ("b", "joy"), ("b", "fear")]
    document = whole(tmp_path, {"a.json": f"[{','.join(rows.split(chr(10))[:2])}]"}, [table], ONE)
    assert said(document) == said(lines)


def test_one_column_a_rater_of_numbers(tmp_path: Path) -> None:
    funny = Scheme("funny", "1", "Funny", Kind.DIMENSION, dimensions=(Dimension("funny", "Funny", 0, 10),))
    layer, answers = {**SET, "scheme": "funny"}, [{"raters": ["r*"]}]
    table = {"path": "a.csv", "shape": "rater-columns", "columns": {"id": "id", "text": "t"}, "answers": answers}
    (tmp_path / "a.csv").write_text("id,t,r1,r2,r3\na,Day,7,,2.5\nb,Night,11,1,1\n")
    descriptor = corpora.parse({"corpus": ABOUT, "layers": [layer], "files": [table]}, find=lambda ref: funny)
    found = corpora.collect(descriptor, corpora.read(descriptor, tmp_path, key=b"k"))
    assert [rating.values for _, rating in found.answers] == [(7.0,), (2.5,)]
    assert codes(found) == ["out-of-range"]
    _, problems = examine({"corpus": ABOUT, "layers": [VAD], "files": [table]})
    assert [problem.where for problem in problems] == ["files[0].answers.raters"]


def test_marks_are_numbers_or_words_and_a_row_of_blanks_is_no_answer(tmp_path: Path) -> None:
    answer = {"columns": {"joy": "joy", "fear": "fear"}}
    table = {"path": "a.csv", "shape": "ratings", "columns": {"id": "id", "text": "id"}, "answers": [answer]}
    rows = {
        "a": "True,FALSE",
        "b": " yes,no",
        "c": "x,",
        "d": "1.0,0",
        "e": "0,0",
        "f": ",",
        "g": "2,0",
        "h": "maybe,0",
    }
    text = "id,joy,fear\n" + "".join(f"{name},{cells}\n" for name, cells in rows.items())
    found = whole(tmp_path, {"a.csv": text}, [table], SET)
    joy = found.descriptor.layers[0].scheme.names.index("joy")
    assert {item: rating.labels for item, rating in found.answers} == {**dict.fromkeys("abcd", (joy,)), "e": ()}
    assert codes(found) == ["missing-answer", "out-of-range", "not-a-number"]
    said = {**table, "answers": [{**answer, "blank": "skipped"}]}
    found = whole(tmp_path, {"a.csv": text}, [said], SET)
    assert {item: rating.status for item, rating in found.answers}["f"] == Status.SKIPPED


def test_rows_of_text_and_label_with_rater_columns(tmp_path: Path) -> None:
    table = {"path": "a.csv", "shape": "label-rows", "columns": {"id": "id", "text": "t"},
             "answers": [{"label": "l", "raters": ["r*"]}]}  # fmt: skip
    found = whole(tmp_path, {"a.csv": "id,t,l,r1,r2\na,Day,joy,1,0\na,Day,fear,1,0\n"}, [table], SET)
    names = found.descriptor.layers[0].scheme.names
    assert [{names[code] for code in r.labels} for _, r in found.answers] == [{"joy", "fear"}, set()]
    assert found.answers[1][1].status == Status.NONE_APPLIES


def test_vote_counts(tmp_path: Path) -> None:
    table = {"path": "a.csv", "shape": "votes", "columns": {"id": "id", "text": "t"},
             "answers": [{"columns": {"joy": "happy", "fear": "fear"}}]}  # fmt: skip
    found = whole(tmp_path, {"a.csv": "id,t,happy,fear\na,Day,3,1\n"}, [table], ONE)
    assert [r.voice for _, r in found.answers] == [0, 1, 2, 3]


def test_vote_counts_of_two_questions_stand_side_by_side(tmp_path: Path) -> None:
    other = {**ONE, "name": "second", "perspective": "writer"}
    table = {"path": "a.csv", "shape": "votes", "columns": {"id": "id", "text": "t"},
             "answers": [{"layer": "emotion", "columns": {"joy": "j1", "fear": "f1"}},
                         {"layer": "second", "columns": {"joy": "j2", "fear": "f2"}}]}  # fmt: skip
    found = whole(tmp_path, {"a.csv": "id,t,j1,f1,j2,f2\na,Day,1,0,2,1\na,Day,1,0,1,2\n"}, [table], ONE, other)
    assert [(r.layer, r.native) for _, r in found.answers] == [(0, "joy"), (1, "joy"), (1, "joy"), (1, "fear")]
    assert codes(found) == ["conflicting-rating"]


def test_ratings_in_a_file_of_their_own_meet_items_and_facts_by_id(tmp_path: Path) -> None:
    files = {"i.csv": "id,t\na,Day\n", "r.csv": "id,V,A,D\na,5,3,9\nb,1,1,1\n", "f.csv": "id,s\na,test\n"}
    tables = [
        {"path": "i.csv", "shape": "items", "columns": {"id": "id", "text": "t"}},
        {"path": "r.csv", "shape": "ratings", "columns": {"id": "id"},
         "answers": [{"columns": {"valence": "V", "arousal": "A", "dominance": "D"}}]},
        {"path": "f.csv", "shape": "facts", "columns": {"id": "id", "split": "s"}},
    ]  # fmt: skip
    found = whole(tmp_path, files, tables, VAD)
    assert (codes(found), found.answers[0][1].values) == (["unknown-item"], (5.0, 3.0, 9.0))
    assert found.ledger.facts["a"] == {"split": "test"}


@pytest.mark.parametrize("modality", ["dialogue", "text"])
def test_turns_of_a_dialogue_and_sentences_of_a_story(modality: str, tmp_path: Path) -> None:
    table = {"path": "a.csv", "shape": "items", "id_from": "line", "context": 2,
             "columns": {"text": "t", "group": "g", "position": "p", "speaker": "s"}}  # fmt: skip
    rows = "t,g,p,s\nOne,d1,1,A\nTwo,d1,2,B\nThree,d1,3,A\nOther,d2,1,A\n"
    items = list(whole(tmp_path, {"a.csv": rows}, [table], modality=modality).items.values())
    assert [len(item.context) for item in items] == [0, 1, 2, 0]
    assert (items[2].context[1], items[2].position) == ({"speaker": "B", "text": "Two"}, 3)


TALKS = [
    {"id": "d1", "topic": "tea", "turns": [{"who": "A", "text": "Tea?", "mood": "joy"}, {"who": "B", "text": "No."}]},
    {"id": "d2", "topic": "rain", "turns": []},
    {"id": "d3", "topic": "sun", "turns": [{"who": "A", "text": f"{n}", "mood": "fear"} for n in range(5)]},
]
TURNS = {
    "shape": "aggregated", "each": ["turns"], "id_from": "line", "context": 2,
    "columns": {"group": "id", "text": "turns.text", "speaker": "turns.who", "position": "#", "facets": {"t": "topic"}},
    "answers": [{"column": "turns.mood", "blank": "absent"}],
}  # fmt: skip


@pytest.mark.parametrize("name", ["d.json", "d.jsonl", "d.parquet"])
def test_dialogues_with_their_turns_in_a_list(name: str, tmp_path: Path) -> None:
    content = {"d.json": json.dumps(TALKS), "d.jsonl": "\n".join(map(json.dumps, TALKS)), "d.parquet": ""}[name]
    (tmp_path / name).write_text(content)
    if name == "d.parquet":
        pq.write_table(pa.Table.from_pylist(TALKS), tmp_path / name)
    table = {**TURNS, "path": name}
    descriptor = corpora.parse({"corpus": ABOUT, "layers": [ONE], "files": [table]})
    readings = list(corpora.read(descriptor, tmp_path, key=b"k"))
    found = corpora.collect(descriptor, readings)
    assert (found.counts.imported, codes(found)) == (7, ["ragged-lists"])
    turns = list(found.items.values())
    assert [(t.group, t.position, t.speaker, t.text) for t in turns[:3]] == [
        ("d1", 1, "A", "Tea?"), ("d1", 2, "B", "No."), ("d3", 1, "A", "0"),
    ]  # fmt: skip
    assert [part["text"] for part in turns[6].context] == ["2", "3"]
    assert (turns[6].facets, len(said(found))) == ({"t": "sun"}, 6)
    for number, reading in enumerate(readings):  # from every place on, the rest comes as it came
        assert reading.place is not None
        rest = list(corpora.read(descriptor, tmp_path, key=b"k", start=reading.place))
        assert rest == readings[number + 1 :]
    source = sources(descriptor, tmp_path)[0]
    raw = turns[5].raw.replace("fear", "joy")
    (again,) = reread(descriptor, source, raw, line=turns[5].line, key=b"k", folder=tmp_path)
    assert (again.source_id, again.position, again.ratings[0].native) == (turns[5].source_id, 4, "joy")


def test_lists_side_by_side_are_unrolled_together(tmp_path: Path) -> None:
    rows = '{"dialog": ["Hi", "Go"], "emotion": ["joy", "fear"]}\n{"dialog": ["Oh"], "emotion": ["joy", "fear"]}\n'
    table = {"path": "d.jsonl", "shape": "aggregated", "each": ["dialog", "emotion"], "id_from": "line",
             "columns": {"text": "dialog"}, "answers": [{"column": "emotion"}]}  # fmt: skip
    found = whole(tmp_path, {"d.jsonl": rows}, [table], ONE)
    assert [(found.items[item].text, native) for item, native in said(found)] == [("Hi", "joy"), ("Go", "fear")]
    assert codes(found) == ["ragged-lists"]
    assert codes(whole(tmp_path, {"d.csv": "dialog\n"}, [{**table, "path": "d.csv"}], ONE)) == ["no-lists"]


def test_a_picture_with_its_caption(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    table = {"path": "a.csv", "shape": "items", "media_root": ".",
             "columns": {"id": "f", "media": "f", "text": "caption"}}  # fmt: skip
    item = whole(tmp_path, {"a.csv": "f,caption\na.png,A day\n"}, [table], modality="image").items["a.png"]
    assert (item.text, item.media, item.media_facts["format"]) == ("A day", "a.png", "png")


@pytest.mark.parametrize("modality", ["text", "audio"])
def test_a_symbolic_score_is_kept_unopened(modality: str, tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"MThd")
    whole = made.read(
        tmp_path, "id,text,score,labels\na,A waltz,a.mid,joy\n", about={"modality": modality}, shape="aggregated",
        media_root=".", columns={"id": "id", "text": "text", "media": "score"}, answers=[{"column": "labels"}],
    )  # fmt: skip
    assert whole.refused == []
    assert (whole.items["a"].media, whole.items["a"].media_facts) == ("a.mid", {"bytes": 4})


def test_features_without_the_media_they_were_taken_from(tmp_path: Path) -> None:
    facets = {"pitch": "f0", "energy": "e"}
    table = {"path": "a.csv", "shape": "aggregated", "columns": {"id": "clip", "facets": facets},
             "answers": [{"column": "l"}]}  # fmt: skip
    found = whole(tmp_path, {"a.csv": "clip,f0,e,l\nc1,220.5,0.3,joy\n"}, [table], ONE, modality="audio")
    assert codes(found) == ["unknown-item"]  # no column is the item itself
    named = {**table, "columns": {**table["columns"], "media": "clip"}}  # type: ignore[dict-item]
    found = whole(tmp_path, {"a.csv": "clip,f0,e,l\nc1,220.5,0.3,joy\n"}, [named], ONE, modality="audio")
    assert (found.items["c1"].facets, found.items["c1"].media_facts) == ({"pitch": "220.5", "energy": "0.3"}, {})


def test_a_pair_is_one_item_of_two_texts(tmp_path: Path) -> None:
    parts = {"A": "first", "B": "second"}
    table = {"path": "a.csv", "shape": "ratings", "columns": {"id": "id", "parts": parts, "group": "g"},
             "answers": [{"column": "l"}]}  # fmt: skip
    rows = "id,first,second,g,l\na,Good day,Bad day,g1,joy\nb,Only one,,g1,joy\n"
    found = whole(tmp_path, {"a.csv": rows}, [table], ONE, modality="pair")
    assert (found.items["a"].text, found.items["a"].group) == ("A: Good day\n\nB: Bad day", "g1")
    assert codes(found) == ["missing-text"]


def test_what_a_writer_says_of_themselves(tmp_path: Path) -> None:
    table = {"path": "a.csv", "shape": "ratings", "columns": {"id": "id", "text": "t", "rater": "me", "author": "me"},
             "answers": [{"column": "l"}]}  # fmt: skip
    layer = {**ONE, "perspective": "self"}
    found = whole(tmp_path, {"a.csv": "id,t,me,l\na,Day,ann@mail.example,joy\n"}, [table], layer)
    assert found.answers[0][1].rater == found.items["a"].author != "ann@mail.example"


def test_distant_labels_keep_their_native_name_and_perspective(tmp_path: Path) -> None:
    table = {
        "path": "*.csv",
        "shape": "aggregated",
        "columns": {"id": "id", "text": "t"},
        "answers": [{"column": "tag"}],
    }
    layer = {**ONE, "perspective": "platform-native", "names": {"#happy": "joy", "#none": "@none-applies"}}
    found = whole(tmp_path, {"a.csv": "id,t,tag\na,Day,#happy\nb,Night,#none\n"}, [table], layer)
    assert said(found) == [("a", "#happy"), ("b", "#none")]
    assert found.answers[1][1].status == Status.NONE_APPLIES


def test_names_that_are_addresses_are_hashed_and_still_join(tmp_path: Path) -> None:
    items = {"path": "i.csv", "shape": "items", "columns": {"id": "id", "text": "t", "group": "d", "speaker": "s"}}
    said = {"path": "r.csv", "shape": "ratings", "columns": {"id": "id", "rater": "who"}, "answers": [{"column": "l"}]}
    texts = {"i.csv": "id,t,d,s\nada@b.example,Day,eve@b.example,Eve\n7,Night,d,eve@b.example\n",
             "r.csv": "id,who,l\nada@b.example,eve@b.example,joy\n7,r,joy\n"}  # fmt: skip
    found = whole(tmp_path, texts, [items, said], ONE)
    assert (found.counts.imported, len(found.answers)) == (4, 2)
    first, second = found.items.values()
    assert (second.source_id, second.group, first.speaker) == ("7", "d", "Eve")
    assert first.group == second.speaker == found.answers[0][1].rater
    assert "@" not in f"{first.source_id}{first.group}{second.speaker}"


def test_people_have_traits_from_a_file_of_theirs_and_from_ratings(tmp_path: Path) -> None:
    files = {"p.csv": "who,age,home\nr1,34,\nr2,51,fi\nr1,34,en\nr2,52,fi\n,9,\n",
             "r.csv": "id,t,l,who,mood\na,Day,joy,r1,good\na,Day,joy,r2,\n"}  # fmt: skip
    tables = [
        {"path": "p.csv", "shape": "persons", "columns": {"id": "who", "traits": {"age": "age", "language": "home"}}},
        {"path": "r.csv", "shape": "ratings", "answers": [{"column": "l"}],
         "columns": {"id": "id", "text": "t", "rater": "who", "traits": {"mood": "mood"}}},
    ]  # fmt: skip
    found = whole(tmp_path, files, tables, ONE)
    by_rater = {rating.rater: found.ledger.persons[rating.rater or ""] for _, rating in found.answers}
    assert list(by_rater.values()) == [
        {"age": "34", "language": "en", "mood": "good"}, {"age": "51", "language": "fi"},
    ]  # fmt: skip
    assert codes(found) == ["changed-trait", "missing-person"]
    assert (found.files["p.csv"].imported, found.files["p.csv"].quarantined) == (3, 2)


def test_a_number_that_is_missing_is_not_zero(tmp_path: Path) -> None:
    table = {"path": "a.csv", "shape": "ratings", "columns": {"id": "id", "text": "t"},
             "answers": [{"columns": {"valence": "V", "arousal": "A", "dominance": "D"}}]}  # fmt: skip
    found = whole(tmp_path, {"a.csv": "id,t,V,A,D\na,Day,5,,2\n"}, [table], VAD)
    assert math.isnan(found.answers[0][1].values[1])


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"shape": "persons", "columns": {"traits": {"a": "b"}}}, "columns.id"),
        ({"shape": "persons", "id_from": "line", "columns": {"id": "x"}}, "id_from"),
        ({"shape": "items", "columns": {"id": "x", "traits": {"a": "b"}}}, "columns.traits"),
        ({"shape": "items", "columns": {"id": "x", "text": "t", "parts": {"A": "b"}}}, "columns.parts"),
    ],
)
def test_settings_that_contradict_each_other_are_named(settings: dict[str, Any], where: str) -> None:
    _, problems = examine({"corpus": ABOUT, "files": [{"path": "a.csv", **settings}]})
    assert [problem.where for problem in problems] == [f"files[0].{where}"]


def test_what_a_corpus_says_of_itself_has_room(tmp_path: Path) -> None:
    _, problems = examine({"corpus": {**ABOUT, "licence": "x" * 81, "title": "x" * 200}, "files": [{"path": "a.csv"}]})
    assert "corpus.licence" in [problem.where for problem in problems]
    assert "corpus.title" not in [problem.where for problem in problems]
    _, problems = examine({"corpus": {**ABOUT, "description": "a\0b"}, "files": [{"path": "a.csv"}]})
    assert "holds a NUL character." in [problem.what for problem in problems]
