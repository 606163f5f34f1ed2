"""The proxy byte by byte: requests that two readers would part differently; and behind a TLS end, with its cookies."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from chorale.embedded import ports, state
from chorale.embedded.process import Daemon
from chorale.proxy import tickets
from chorale.store.models import Campaign, User
from tests.service.campaign_rows import clear_studio, make_campaign
from tests.service.rater_browser import RaterBrowser, entered
from tests.stack import Address, child_environment

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC = "https://label.example.org"
NEXT = "POST /api/dm/actions?id=next_task HTTP/1.1"
SMUGGLED = "0\r\n\r\nGET /api/users HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"
TORN = {
    "a length and chunks": f"{NEXT}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n{{ours}}\r\n{SMUGGLED}",
    "two lengths": f"{NEXT}\r\nContent-Length: 5\r\nContent-Length: 0\r\n{{ours}}\r\n{SMUGGLED}",
    "a length below nothing": f"{NEXT}\r\nContent-Length: -1\r\n{{ours}}\r\n{SMUGGLED}",
    "chunks by another name": f"{NEXT}\r\nTransfer-Encoding: xchunked\r\n{{ours}}\r\n{SMUGGLED}",
    "a host twice": "GET /api/users HTTP/1.1\r\nHost: evil.example\r\n{ours}\r\n",
    "a folded header": "GET /api/users HTTP/1.1\r\nX-One: 1\r\n Host: evil.example\r\nHost: evil.example\r\n{ours}\r\n",
    "a space before the colon": "GET /api/users HTTP/1.1\r\nHost : {host}\r\nCookie: {cookie}\r\n\r\n",
    "no host": "GET /api/users HTTP/1.0\r\nCookie: {cookie}\r\n\r\n",
    "the host with another port": "GET /api/users HTTP/1.1\r\nHost: {host}1\r\nCookie: {cookie}\r\n\r\n",
    "a tunnel": "CONNECT {host} HTTP/1.1\r\n{ours}\r\n",
}


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    yield make_campaign(count=1, names=("ana",))
    clear_studio()


def said(rater: RaterBrowser, torn: str) -> bytes:
    """Everything that comes back until the connection ends or a second passes."""
    host, cookie = urlsplit(rater.url).netloc, f"chorale_label={rater.http.cookies['chorale_label']}"
    ours = f"Host: {host}\r\nCookie: {cookie}\r\nOrigin: {rater.url}\r\nContent-Type: application/json\r\n"
    sent = torn.replace("{ours}", ours).replace("{host}", host).replace("{cookie}", cookie)
    told = b""
    with socket.create_connection(("127.0.0.1", urlsplit(rater.url).port or 80), timeout=2) as link:
        try:
            link.sendall(sent.encode())
            while block := link.recv(65536):
                told += block
        except (TimeoutError, ConnectionError):
            pass
    return told


def test_a_request_that_is_torn_gets_one_refusal_and_no_second_answer(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    amiss = {}
    for name, torn in TORN.items():
        told = said(ana, torn)
        refused = told == b"" or told.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
        if not refused or b" 200 OK" in told or b"raters.invalid" in told:
            amiss[name] = told[:200]
    assert amiss == {}
    assert ana.ask_next().status_code == 200


@pytest.fixture
def behind_tls(campaign: Campaign) -> Iterator[str]:
    """Another proxy, which believes to be reached by https: its address here."""
    daemon, port = Daemon("proxy-tls"), ports.claim("proxy-tls")
    command = [sys.executable, "-m", "uvicorn", "chorale.proxy.app:application", "--host", "127.0.0.1", "--port"]
    around = child_environment() | {"CHORALE_PROXY_URL": PUBLIC, "CHORALE_URL": "https://example.org"}
    daemon.start([*command, str(port)], environment=around, folder=state.ROOT)
    daemon.wait_ready(lambda: not ports.is_free(port), seconds=180)
    yield f"http://127.0.0.1:{port}"
    daemon.stop(seconds=10)


def test_behind_tls_no_other_host_of_the_site_can_plant_a_session(behind_tls: str, campaign: Campaign) -> None:
    ticket = urlsplit(tickets.issue(User.objects.get(username="ana"), campaign)).query
    with httpx.Client(base_url=behind_tls, headers={"Host": "label.example.org", "Origin": PUBLIC}) as browser:
        answer = browser.get(f"/enter?{ticket}")
        cookie = answer.headers["set-cookie"]
        assert answer.status_code == 303
        assert cookie.startswith("__Host-chorale_label=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
        key = cookie.split(";")[0].partition("=")[2]
        planted = browser.get("/api/users", headers={"Cookie": f"chorale_label={key}"})
        assert planted.status_code == 401, "a cookie that any host of the site may set"
        own = {"Cookie": f"__Host-chorale_label={key}"}
        assert browser.get("/api/users", headers=own).status_code == 200
        plain = own | {"Origin": "http://label.example.org"}
        assert browser.post("/api/dm/actions?id=next_task", json={}, headers=plain).status_code == 403
        left = browser.get("/leave", headers=own)
        assert left.headers["location"] == "https://example.org/"
        assert "Secure" in left.headers["set-cookie"], "a browser would not believe it otherwise"
        assert browser.get("/api/users", headers=own).status_code == 401
