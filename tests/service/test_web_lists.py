"""The one list: paging sees every row once in any order, filters and search live in the URL, JSON and CSV agree."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from chorale.store.models import Corpus
from tests.service import web_scene
from tests.service.test_web_pages import client_of, plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]


@pytest.fixture
def client() -> Client:
    return client_of(web_scene.build(), "admin")


def pages(client: Client, address: str, way: str = "next") -> list[list[dict[str, Any]]]:
    found = []
    while address:
        body = client.get(address).json()
        found.append(body["rows"])
        address = (body[way] or "").replace("http://localhost", "")
        assert len(found) < 100
    return found


@pytest.mark.parametrize("sort", ["", "&sort=id", "&sort=-id"])
def test_every_row_is_seen_once(client: Client, sort: str) -> None:
    found = pages(client, f"/items.json?size=7{sort}")
    keys = [row["uuid"] for page in found for row in page]
    assert len(keys) == len(set(keys)) == web_scene.COUNT
    assert [len(page) for page in found] == [7] * 8 + [4]


def test_the_way_back_shows_the_same_pages(client: Client) -> None:
    forth = pages(client, "/items.json?size=25")
    second = client.get("/items.json?size=25").json()["next"].replace("http://localhost", "")
    third = client.get(second).json()["next"].replace("http://localhost", "")
    back = pages(client, third, "previous")
    assert back == forth[::-1]


def test_equal_values_of_the_sort_column_lose_no_row(client: Client) -> None:
    for number in range(30):
        Corpus.objects.create(slug=f"c{number}", title="Same", licence="x", items=5)
    for sort in ("items", "-items"):
        keys = [row["slug"] for page in pages(client, f"/corpora.json?size=4&sort={sort}") for row in page]
        assert len(keys) == len(set(keys)) == 31
        sizes = [row["items"] for page in pages(client, f"/corpora.json?size=4&sort={sort}") for row in page]
        assert sizes == sorted(sizes, reverse=sort.startswith("-"))


def test_a_row_that_comes_in_between_moves_nothing(client: Client) -> None:
    first = client.get("/corpora.json?size=1").json()
    Corpus.objects.create(slug="aaa", title="Earlier", licence="x")
    assert first["next"] is None or client.get(first["next"].replace("http://localhost", "")).status_code == 200


def test_filter_and_search_are_the_same_in_page_json_and_csv(client: Client) -> None:
    query = "?q=Entry+1&corpus=diary"
    rows = client.get(f"/items.json{query}").json()["rows"]
    table = list(csv.DictReader(io.StringIO(b"".join(client.get(f"/items.csv{query}").streaming_content).decode())))
    page = client.get(f"/items/{query}").content.decode()
    assert [r["uuid"] for r in rows] == [r["uuid"] for r in table]
    assert len(rows) == 11
    assert page.count('class="clip"') == 11
    assert 'value="Entry 1"' in page
    assert client.get("/items.json?corpus=nothing").json()["rows"] == []


def test_the_csv_holds_every_row_and_no_formula(client: Client) -> None:
    Corpus.objects.create(slug="formula", title="=1+1", licence="=HYPERLINK()")
    table = list(csv.DictReader(io.StringIO(b"".join(client.get("/corpora.csv").streaming_content).decode())))
    assert len(table) == 2
    assert {row["licence"] for row in table} == {"CC0-1.0", "'=HYPERLINK()"}
    assert len(b"".join(client.get("/items.csv").streaming_content).splitlines()) == web_scene.COUNT + 1


def test_an_empty_list_offers_its_beginning_and_nothing_to_search(client: Client) -> None:
    empty = client.get("/releases/").content.decode()
    assert "No release yet" in empty
    assert 'role="search"' not in empty
    assert empty.count('href="/releases/new/"') == 2
    unmatched = client.get("/corpora/?q=nowhere").content.decode()
    assert "Nothing matches" in unmatched
    assert 'role="search"' in unmatched


@pytest.mark.parametrize("token", ["x", "e30", "WzFd", "W1sxXSxbMl1d", "%00", "a" * 5000, "WyJhIiwgImIiXQ"])
def test_a_damaged_place_is_a_bad_request(client: Client, token: str) -> None:
    assert client.get(f"/items/?after={token}").status_code == 400


ODD = ("size=0", "size=-3", "size=999999999999", "size=x", "sort=password", "q=%00", "q=%25", "split=%00", "reserved='")


@pytest.mark.parametrize("query", ODD)
def test_odd_state_in_the_address_breaks_nothing(client: Client, query: str) -> None:
    assert client.get(f"/items/?{query}").status_code == 200


def test_a_list_costs_the_same_number_of_queries_at_any_length(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        client.get("/items/?size=5")
    with django_assert_max_num_queries(14):
        client.get("/items/?size=60")


def test_items_of_a_corpus_are_found_by_its_key(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12) as seen:
        rows = client.get("/items.json?corpus=diary").json()["rows"]
    assert len(rows) == 50
    asked = next(q["sql"] for q in seen.captured_queries if '"item"."text"' in q["sql"])
    assert '"item"."corpus_id" =' in asked  # joined by its slug, PostgreSQL walks the items of all other corpora
    assert client.get("/items.json?corpus=nothing").json()["rows"] == []
