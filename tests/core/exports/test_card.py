"""The card: front matter that parses, every number from the report, charts that show it, nothing that breaks out."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from exports.charts import bars, intervals
from exports.release import build
from exports.source import CorpusFacts
from tests.core.exports import made


@pytest.fixture(scope="module")
def card(release: Path) -> str:
    return (release / "README.md").read_text("utf-8")


def test_front_matter_is_what_the_hub_reads(card: str, release: Path) -> None:
    told = yaml.safe_load(card.split("---\n")[1])
    assert told["pretty_name"] == "Made by program"
    assert told["license"] == "other"
    assert told["language"] == ["de", "en"]
    configs = {config["config_name"]: config for config in told["configs"]}
    assert configs["items"]["default"] is True
    assert {"items", "judgments", "raters", "classification-soft-plutchik", "preference-goemotions"} <= set(configs)
    for config in configs.values():
        for file in config["data_files"]:
            assert (release / file["path"]).stat().st_size > 0


def test_every_number_of_the_tables_stands_in_the_report(card: str, release: Path) -> None:
    """Each figure the card prints is a figure of `report.json`, rounded; `--recompute` computes those again."""
    report = json.loads((release / "report.json").read_bytes())
    known: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            known.update({f"{value:,}", f"{value:.2f}", f"{value:.3f}", f"{value:.0%}"})

    walk(report)
    body = re.sub(r"```.*?```", "", card.split("---\n", 2)[2], flags=re.DOTALL)
    body = re.sub(
        r"\S+@\d+\.\d+\.\d+|95 % bootstrap|0\.667 and\s+0\.8|CC[-A-Z0-9.]+|\(20\d\d\)|0\.1\.0|first 5", "", body
    )
    figures = re.findall(r"(?<![\w.-])-?\d[\d,]*(?:\.\d+)?(?![\w-])", body)
    assert len(figures) > 100
    allowed = known | {str(report["layers"][0]["few_raters"]), "5"}
    assert [f for f in figures if f.rstrip(",") not in allowed] == []


def test_text_of_others_cannot_break_the_card(tmp_path: Path) -> None:
    source = made.source(12)
    odd = CorpusFacts("letters", 'A | "B"\n---\n<script>', "CC0-1.0", citation="x\n\n# y", source_url="| |")
    recipe = replace(made.recipe(), title='A "title": with\n--- marks')
    build(tmp_path / "r", recipe, replace(source, corpora=(odd, source.corpora[1])), salt=made.SALT)
    card = (tmp_path / "r" / "README.md").read_text("utf-8")
    assert yaml.safe_load(card.split("---\n")[1])["pretty_name"] == 'A "title": with --- marks'
    assert "<script>" not in card
    row = next(line for line in card.splitlines() if "`letters`" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert yaml.safe_load((tmp_path / "r" / "CITATION.cff").read_text("utf-8"))["references"][0]["title"].startswith(
        "A |"
    )


def test_charts_show_the_report(release: Path) -> None:
    report = json.loads((release / "report.json").read_bytes())
    space = {"s": "http://www.w3.org/2000/svg"}
    for layer in report["layers"]:
        chart = ET.fromstring((release / "charts" / f"{layer['name']}.svg").read_text("utf-8"))
        rects = chart.findall("s:rect", space)[1:]
        assert len(rects) == len(layer["mean"])
        labels = [text.text for text in chart.findall("s:text", space)[1::2]]
        widths = {name: float(rect.attrib["width"]) for name, rect in zip(labels, rects, strict=True)}
        assert sorted(widths) == sorted(layer["mean"])
        assert max(widths, key=widths.__getitem__) == max(layer["mean"], key=layer["mean"].__getitem__)
    assert (release / "charts" / "agreement.svg").exists()
    lost = (release / "charts" / "loss-of-crosswalks.svg").read_text("utf-8")
    (entry,) = report["loss"]
    assert f"{entry['unmapped']:.3f}" in lost
    assert f"{entry['report']['figures']['kept_share']['value']:.3f}" in lost


def test_bars_of_signed_means_and_intervals() -> None:
    chart = ET.fromstring(bars("a & b", [("up", 0.5), ("down", -0.25)]))
    up, down = chart.findall("{http://www.w3.org/2000/svg}rect")[1:]
    assert float(up.attrib["width"]) == pytest.approx(2 * float(down.attrib["width"]), abs=0.2)
    assert float(down.attrib["x"]) < float(up.attrib["x"])
    assert "1.2" not in intervals("alpha", [("x", 0.4, 0.2, 0.6)])
