"""Captions of a recording: on its item's page, for its player, for nobody else, and masked when texts are."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from chorale.jobs import control, engine
from chorale.store import masking
from chorale.store.models import Corpus, Item, Quarantine
from chorale.store.models.people import Role
from tests.core.corpora.recordings import sound
from tests.core.corpora.test_cues import COLUMNS, DESCRIPTOR, SRT, VTT
from tests.service import web_scene
from tests.service.test_import import bring_in
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(tmp_path: Path) -> Item:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.wav").write_bytes(sound(4.0))
    (tmp_path / "media" / "a.vtt").write_text(VTT.replace("Go away!", "Write to ada@lovelace.org!"))
    (tmp_path / "media" / "bad.srt").write_text(SRT.replace("00:00:02,250", "00:00:01,250"))
    (tmp_path / "clips.csv").write_text("id,file,said,from,to\na,a.wav,a.vtt,0,2.5\nb,a.wav,bad.srt,,\n")
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR + COLUMNS)
    assert bring_in(tmp_path)["imported"] == 1
    return Item.objects.get()


def test_they_stand_beside_the_player_with_the_clip(talk: Item) -> None:
    client = Client()
    client.force_login(web_scene.person("ada", Role.ADMIN))
    page = client.get(f"/items/{talk.uuid}/").content.decode()
    for part in ("data-cues", 'data-seek="1.5"', "Ada Lovelace: ", "#t=0,2.5", "<dd>0:00 to 0:02.5</dd>"):
        assert part in page
    assert "<blockquote" not in page  # the transcript would say it twice
    vtt = client.get(f"/items/{talk.uuid}/captions.vtt")
    assert vtt["Content-Type"].startswith("text/vtt")
    assert "00:00:00.000 --> 00:00:01.500\n<v Ada Lovelace>Good morning." in vtt.content.decode()
    assert Client().get(f"/items/{talk.uuid}/captions.vtt").status_code in (302, 403, 404)


def test_a_bad_cue_is_told_with_its_line_in_quarantine(talk: Item) -> None:
    row = Quarantine.objects.get()
    assert (row.line, row.code) == (3, "bad-cue")
    assert "line 7 ends before it begins" in row.what


def test_masking_for_good_reaches_them(talk: Item) -> None:
    corpus = Corpus.objects.get()
    masking.decide(by=None, corpus=corpus, kinds=["email"])
    control.run_here(engine.start("mask_corpus", by=None, params={"corpus": corpus.slug, "kinds": ["email"]}))
    talk.refresh_from_db()
    assert talk.text == "Good morning. Write to [email]!"
    assert [cue["text"] for cue in talk.media_facts["cues"]] == ["Good morning.", "Write to [email]!"]
    assert talk.media_facts["duration"] == 4.0
