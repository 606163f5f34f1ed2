"""Requests that are odd rather than forbidden, as data: none may hold the proxy up or make it fail.

Each is (name, method, path, options) as in `attacks`, and must be refused at once with a status of 400 to 499.
"""

from __future__ import annotations

from typing import Any

from tests.service.attacks import ANSWER, AS_JSON, FULL, Attack

DRAFT = "/api/tasks/{own}/drafts"
LONG = "a" * 5_000


def _body(name: str, inside: bytes, path: str = DRAFT) -> Attack:
    """A body, byte for byte, with ``inside`` as the only control of its result."""
    return Attack(name, "POST", path, {"content": b'{"result": [' + inside + b"]}", "headers": AS_JSON})


def _entry(name: str, **fields: Any) -> Attack:
    """A whole answer, the first control of it changed."""
    return Attack(name, "POST", ANSWER, {"json": {"result": [{**FULL[0], **fields}, *FULL[1:]]}})


def _header(name: str, header: str, value: bytes) -> Attack:
    return Attack(name, "GET", "/static/no-such-file.js", {"headers": {header: value}})


ODD = [
    # Paths that take a pattern for ever, where there is more than one way to read them.
    Attack("a long segment that ends badly", "GET", f"/{LONG}!"),
    Attack("many segments that end badly", "GET", "/" + "a/" * 2_500 + "!"),
    Attack("dots in a row that end badly", "GET", "/a" + "." * 5_000 + "("),
    Attack("a long static name", "GET", f"/static/{LONG}:"),
    Attack("a long number", "GET", f"/api/tasks/{'1' * 5_000}"),
    # Numbers that do not fit.
    Attack("a number over 32 bits", "GET", "/api/tasks/4294967297/"),
    Attack("an answer over 32 bits", "GET", "/api/annotations/9999999999/"),
    Attack("a draft over 32 bits", "DELETE", "/api/drafts/9999999999/"),
    Attack("a project over 32 bits", "GET", "/api/projects/9999999999/next"),
    Attack(
        "time that is no double",
        "POST",
        DRAFT,
        {"content": b'{"result": [], "lead_time": 1%s}' % (b"0" * 400), "headers": AS_JSON},
    ),
    _body("a number that is no double", b'{"x": 1e999}'),
    _body("a whole number of 4,000 digits", b'{"x": %s}' % (b"9" * 4_000)),
    _body("infinity by name", b'{"x": -Infinity}'),
    # Texts that cannot be kept.
    _body("half a character", rb'{"x": "\ud800"}'),
    _body("half a character in a name", rb'{"\udfff": 1}'),
    _body("a null byte in a text", rb'{"x": "a\u0000b"}'),
    _body("a null byte in an answer", rb'{"from_name": "emotion\u0000"}', ANSWER),
    _body("bytes of another encoding", b'{"x": "\xe9"}'),
    Attack("UTF-16", "POST", DRAFT, {"content": '{"result": []}'.encode("utf-16"), "headers": AS_JSON}),
    # Shapes.
    _body("nested 300 deep", b'{"x": ' + b"[" * 300 + b"]" * 300 + b"}"),
    _body("nested 900 deep", b'{"x": ' + b'{"y":' * 900 + b"1" + b"}" * 901),
    _body("nothing", b"null", ANSWER),
    _body("numbers", b"1, 2", ANSWER),
    Attack("no body", "POST", ANSWER, {"headers": AS_JSON}),
    Attack("an array as body", "POST", ANSWER, {"json": [{"result": FULL}]}),
    _entry("a control that is a list", from_name=["emotion"]),
    _entry("an object that is not named", to_name=None),
    _entry("a type that is a list", type=["choices"]),
    _entry("a value that is a text", value="joy"),
    _entry("choices that are a text", value={"choices": "joy"}),
    _entry("a choice that is a list", value={"choices": [["joy"]]}),
    _entry("a choice that is true", value={"choices": [True]}),
    _entry("a choice twice over", value={"choices": ["joy", "joy", "joy"]}),
    _entry("an origin that is a list", origin=["manual"]),
    # Headers.
    _header("a tag that is not ASCII", "If-None-Match", b"\xe9"),
    _header("a language that is not ASCII", "Accept-Language", b"\xff\xfe"),
    _header("a range without end", "Range", b"bytes=" + b"9" * 5_000 + b"-"),
    Attack("a cookie that is not ASCII", "GET", "/api/tasks", {"headers": {"Cookie": b"chorale_label=\xff\xfe"}}),
    Attack("a session key without end", "GET", "/api/tasks", {"headers": {"Cookie": f"chorale_label={LONG * 4}"}}),
    Attack("a ticket of odd bytes", "GET", "/enter?ticket=%ff%00:%fe"),
    Attack("a ticket without end", "GET", "/enter?ticket=" + "a:" * 10_000),
    Attack("options", "OPTIONS", "/api/tasks"),
    Attack("a page beside, as a script", "GET", "/api/projects/{project}/next", {
        "headers": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    }),
]  # fmt: skip
