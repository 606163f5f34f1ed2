"""Attacks on the rater proxy, as data: what an ordinary rater, or somebody outside, may try.

Each is (name, method, path, options). ``{own}`` is an item that was given to the attacker; ``{other}``, ``{unseen}``,
``{their_seat}`` are a victim's: of another campaign, of this one but not given, the same item by the victim's number;
``{mine}``, ``{theirs}`` are answers, ``{their_draft}`` a draft; ``{project}``, ``{foreign}`` are projects; ``{victim}``
is a rater's number, ``{token}`` the admin's token.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Attack(NamedTuple):
    """One request that must be refused, or be answered without harm."""

    name: str
    method: str
    path: str
    options: dict[str, Any] = {}


AS_JSON = {"Content-Type": "application/json"}
ALL = {"selectedItems": {"all": True}}
ANSWER = "/api/tasks/{own}/annotations"
ACTION = "/api/dm/actions?project={project}&id="
JOY = [{"from_name": "emotion", "to_name": "item", "type": "choices", "value": {"choices": ["joy"]}}]
FULL = [
    *JOY,
    *({"from_name": f"vad__{n}", "to_name": "item", "type": "rating", "value": {"rating": 5}} for n in range(3)),
]
NONSENSE = [{**JOY[0], "value": {"choices": ["nonsense"]}}, *FULL[1:]]

# Each must be refused with a status of 400 or more.
REFUSED = [
    # What FACTS lists: any ordinary rater of Label Studio can do all of this.
    Attack("edit the project", "PATCH", "/api/projects/{project}/", {"json": {"title": "mine now"}}),
    Attack("delete the project", "DELETE", "/api/projects/{project}/"),
    Attack("make a project", "POST", "/api/projects/", {"json": {"title": "x"}}),
    Attack("list the projects", "GET", "/api/projects/"),
    Attack("read another campaign's project", "GET", "/api/projects/{foreign}/"),
    Attack("open another campaign's page", "GET", "/projects/{foreign}/data"),
    Attack("export the answers", "GET", "/api/projects/{project}/export?exportType=JSON"),
    Attack("make an export snapshot", "POST", "/api/projects/{project}/exports/", {"json": {"title": "x"}}),
    Attack("import tasks", "POST", "/api/projects/{project}/import", {"json": {"data": {"text": "x"}}}),
    Attack("list another's annotations", "GET", "/api/projects/{project}/annotations/"),
    Attack("read another's annotation", "GET", "/api/annotations/{theirs}/"),
    Attack("change another's annotation", "PATCH", "/api/annotations/{theirs}/", {"json": {"result": FULL}}),
    Attack("overwrite another's annotation", "PUT", "/api/annotations/{theirs}/", {"json": {"result": FULL}}),
    Attack("delete another's annotation", "DELETE", "/api/annotations/{theirs}/"),
    Attack("delete one's own annotation behind Chorale", "DELETE", "/api/annotations/{mine}/"),
    Attack("convert an annotation to a draft", "POST", "/api/annotations/{theirs}/convert-to-draft", {"json": {}}),
    Attack("an unknown class", "POST", "/api/tasks/{own}/annotations/", {"json": {"result": NONSENSE}}),
    Attack("an empty answer", "POST", "/api/tasks/{own}/annotations/", {"json": {"result": []}}),
    Attack("an answer of the wrong type", "POST", "/api/tasks/{own}/annotations/", {"json": {"result": "joy"}}),
    Attack("a change to an unknown class", "PATCH", "/api/annotations/{mine}/", {"json": {"result": NONSENSE}}),
    Attack("a second answer to one item", "POST", "/api/tasks/{done}/annotations/", {"json": {"result": FULL}}),
    Attack(
        "an answer to an item that was not given",
        "POST",
        "/api/tasks/{unseen}/annotations/",
        {"json": {"result": FULL}},
    ),
    Attack("read an item that was not given", "GET", "/api/tasks/{unseen}/"),
    Attack("read an item of another campaign", "GET", "/api/tasks/{other}/"),
    Attack("answer an item of another campaign", "POST", "/api/tasks/{other}/annotations/", {"json": {"result": FULL}}),
    Attack("read an item by another's number", "GET", "/api/tasks/{their_seat}/"),
    Attack("answer for another", "POST", "/api/tasks/{their_seat}/annotations/", {"json": {"result": FULL}}),
    Attack("draft for another", "POST", "/api/tasks/{their_seat}/drafts", {"json": {"result": JOY}}),
    Attack("change an item", "PATCH", "/api/tasks/{own}/", {"json": {"data": {"text": "x"}}}),
    Attack("delete an item", "DELETE", "/api/tasks/{own}/"),
    Attack("read another's draft", "GET", "/api/drafts/{their_draft}/"),
    Attack("change another's draft", "PATCH", "/api/drafts/{their_draft}/", {"json": {"result": JOY}}),
    Attack("delete another's draft", "DELETE", "/api/drafts/{their_draft}/"),
    Attack(
        "submit another's draft",
        "POST",
        "/api/tasks/{own}/annotations/",
        {"json": {"result": FULL, "draft_id": "{their_draft}"}},
    ),
    Attack("all drafts of an item not given", "GET", "/api/tasks/{unseen}/drafts"),
    # Bulk actions of the data manager.
    Attack("delete all answers", "POST", ACTION + "delete_tasks_annotations", {"json": ALL}),
    Attack("delete all items", "POST", ACTION + "delete_tasks", {"json": ALL}),
    Attack("two action ids", "POST", "/api/dm/actions?id=delete_tasks&id=next_tasks", {"json": {}}),
    Attack("retrieve predictions", "POST", "/api/dm/actions?id=retrieve_tasks_predictions", {"json": {}}),
    Attack("delete a view", "DELETE", "/api/dm/views/1/"),
    Attack("reset all views", "DELETE", "/api/dm/views/reset/"),
    # Accounts, organisation, tokens, doors to elsewhere.
    Attack("read another user", "GET", "/api/users/{victim}/"),
    Attack("change another user", "PATCH", "/api/users/{victim}/", {"json": {"first_name": "x"}}),
    Attack("make a user", "POST", "/api/users/", {"json": {"email": "evil@x.y"}}),
    Attack("the invitation link", "GET", "/api/invite"),
    Attack("reset the invitation link", "POST", "/api/invite/reset-token", {"json": {}}),
    Attack("sign up", "GET", "/user/signup/"),
    Attack("sign in as somebody else", "POST", "/user/login/", {"data": {"email": "x", "password": "y"}}),
    Attack("one's own legacy token", "GET", "/api/current-user/token"),
    Attack("a new personal token", "POST", "/api/token/", {"json": {}}),
    Attack("the list of tokens", "GET", "/api/token/"),
    Attack("refresh a token", "POST", "/api/token/refresh/", {"json": {"refresh": "x"}}),
    Attack("the organisation", "GET", "/api/organizations/1/memberships"),
    Attack("read the webhooks and their secret", "GET", "/api/webhooks/"),
    Attack("a webhook of one's own", "POST", "/api/webhooks/", {"json": {"url": "http://127.0.0.1:1/", "project": 1}}),
    Attack("a storage of one's own", "POST", "/api/storages/localfiles", {"json": {"path": "/", "project": 1}}),
    Attack("resolve a storage file", "GET", "/tasks/{own}/resolve/?fileuri=L2V0Yy9wYXNzd2Q="),
    Attack("a presigned file", "GET", "/tasks/{own}/presign/?fileuri=L2V0Yy9wYXNzd2Q="),
    Attack("a local file", "GET", "/data/local-files/?d=etc/passwd"),
    Attack("an uploaded file", "GET", "/data/upload/1/x.csv"),
    Attack("connect a model", "POST", "/api/ml/", {"json": {"url": "http://127.0.0.1:1", "project": 1}}),
    Attack("predictions", "GET", "/api/predictions/?project={project}"),
    Attack("write a prediction", "POST", "/api/predictions/", {"json": {"task": 1, "result": []}}),
    Attack("the admin site", "GET", "/admin/"),
    Attack("the API's own map", "GET", "/docs/api/"),
    Attack("metrics", "GET", "/metrics"),
    Attack("the labelling stream's other door", "GET", "/api/projects/{foreign}/next/"),
    Attack("history of another project", "GET", "/api/projects/{foreign}/label-stream-history"),
    # Spelling tricks.
    Attack("doubled slash", "GET", "//api/projects/"),
    Attack("doubled slash inside", "GET", "/api//projects/{project}/export"),
    Attack("escaped slash", "GET", "/api/projects/{project}%2Fexport"),
    Attack("escaped dots", "GET", "/static/%2e%2e/api/users"),
    Attack("plain dots", "GET", "/static/../api/invite"),
    Attack("dots that end", "GET", "/static/x/.."),
    Attack("backslash", "GET", "/static/..%5capi/invite"),
    Attack("semicolon", "GET", "/api/tasks/{own};/annotations"),
    Attack("null byte", "GET", "/api/tasks/{own}%00/"),
    Attack("escaped digits", "GET", "/api/tasks/%31/"),
    Attack("other digits", "GET", "/api/tasks/%D9%A1/"),
    Attack("newline at the end", "GET", "/api/webhooks%0a"),
    Attack("upper case", "GET", "/API/projects/"),
    Attack("absolute address", "GET", "http://127.0.0.1:1/api/invite"),
    Attack("static prefix without a slash", "GET", "/staticapi/invite"),
    # Headers.
    Attack(
        "method override", "POST", "/api/tasks/{own}", {"json": {}, "headers": {"X-HTTP-Method-Override": "DELETE"}}
    ),
    Attack("method override by field", "POST", "/api/annotations/{theirs}/?_method=DELETE", {"json": {}}),
    Attack("the admin's token", "GET", "/api/projects/", {"headers": {"Authorization": "Token {token}"}}),
    Attack("a bearer token", "GET", "/api/invite", {"headers": {"Authorization": "Bearer {token}"}}),
    Attack("another host", "GET", "/work", {"headers": {"Host": "evil.example"}}),
    Attack(
        "a forwarded host and path",
        "GET",
        "/api/nothing",
        {"headers": {"X-Original-URL": "/api/invite", "X-Forwarded-Host": "evil.example"}},
    ),
    Attack(
        "another page's form", "POST", ANSWER, {"json": {"result": FULL}, "headers": {"Origin": "http://evil.example"}}
    ),
    Attack("no origin at all", "POST", ANSWER, {"json": {"result": FULL}, "headers": {"Origin": ""}}),
    Attack(
        "Chorale's own origin",
        "POST",
        ANSWER,
        {"json": {"result": FULL}, "headers": {"Origin": "http://127.0.0.1:8000"}},
    ),
    Attack("a cross-site page", "GET", "/work", {"headers": {"Sec-Fetch-Site": "cross-site"}}),
    Attack("a form instead of JSON", "POST", ANSWER, {"data": {"result": "[]"}}),
    Attack(
        "JSON that calls itself text",
        "POST",
        ANSWER,
        {"content": b'{"result": []}', "headers": {"Content-Type": "text/plain"}},
    ),
    Attack("a huge answer", "POST", "/api/tasks/{own}/drafts", {"json": {"result": [{"x": "y" * 600_000}]}}),
    Attack("not a number", "POST", ANSWER, {"content": b'{"result": [], "lead_time": NaN}', "headers": AS_JSON}),
    Attack("nesting without end", "POST", ANSWER, {"content": b"[" * 100_000, "headers": AS_JSON}),
    Attack("a trace", "TRACE", "/api/tasks/{own}"),
]

# Each is answered, and must tell nothing of others: none of these words may appear in the answer.
HARMLESS = [
    Attack("list the users", "GET", "/api/users?project={project}"),
    Attack("list the items", "GET", "/api/tasks?project={project}&fields=all"),
    Attack("one's own item", "GET", "/api/tasks/{own}/"),
    Attack("the annotations of an item", "GET", "/api/tasks/{own}/annotations/"),
    Attack("the drafts of an item", "GET", "/api/tasks/{own}/drafts"),
    Attack("the next item", "POST", "/api/dm/actions?id=next_task", {"json": {}}),
    Attack("the project", "GET", "/api/projects/{project}/"),
    Attack("the project for the data manager", "GET", "/api/dm/project?project={project}"),
    Attack("the project of others for the data manager", "GET", "/api/dm/columns?project={foreign}"),
    Attack("who am I", "GET", "/api/current-user/whoami"),
    Attack("history", "GET", "/api/projects/{project}/label-stream-history"),
    Attack("models", "GET", "/api/ml?project={project}"),
    Attack("the views", "GET", "/api/dm/views?project={project}"),
    Attack("the page", "GET", "/projects/{project}/data?labeling=1"),
]
