"""The interface as /openapi.json tells it: every endpoint is called, and takes and answers what it says there."""
import json
import re

import jsonschema
import pytest

from server_support import serving
from test_server import pushed, served  # noqa: F401

READ = {"entities": {"driver_id": [1, 3]}, "features": ["fv:x", "fv:n"]}
# A good request for every operation: the path as it is called, headers, and a body.
CALLS = {
    ("get", "/health"): [("/health", {}, None)],
    ("post", "/get-online-features"): [("/get-online-features", {}, READ),
                                       ("/get-online-features", {}, {"entities": {"driver_id": [2]}, "feature_service": "model", "full_feature_names": True})],
    ("post", "/push"): [("/push", {"Idempotency-Key": "one"}, {"push_source_name": "pv", "df": pushed("a", 1.0), "to": "online"})],
    ("post", "/write-to-online-store"): [("/write-to-online-store", {}, {"feature_view_name": "pv", "df": pushed("b", 2.0)})],
    ("post", "/materialize"): [("/materialize", {}, {"start_ts": "2020-01-01T00:00:00Z", "end_ts": "2021-01-01T00:00:00Z", "feature_views": ["pv"]})],
    ("post", "/materialize-incremental"): [("/materialize-incremental", {}, {"end_ts": None, "feature_views": None})],
    ("post", "/v1/vectors"): [("/v1/vectors", {}, {"entities": {"driver_id": [1, 3]}, "feature_service": "model"}),
                              ("/v1/vectors", {"Accept": "application/octet-stream"}, READ)],
    ("post", "/v1/labels"): [("/v1/labels", {}, {"service": "learned", "request_id": ["a", "b"], "value": [True, False], "weight": [1, 2]}),
                             ("/v1/labels", {}, {"service": "learned", "request_id": "c", "value": True})],
    ("get", "/v1/examples"): [("/v1/examples?service=learned&consumer=c&limit=5", {}, None)],
    ("post", "/v1/examples/commit"): [("/v1/examples/commit", {}, {"service": "learned", "consumer": "c", "position": 0})],
    ("get", "/v1/services"): [("/v1/services", {}, None)],
    ("get", "/v1/services/{name}"): [("/v1/services/model", {}, None)],
    ("get", "/v1/views"): [("/v1/views", {}, None)],
    ("get", "/v1/views/{name}"): [("/v1/views/fv", {}, None)],
    ("get", "/metrics"): [("/metrics", {}, None)],
    ("get", "/openapi.json"): [("/openapi.json", {}, None)],
}


class Interface:
    def __init__(self, document):
        self.document = document

    def resolve(self, part):
        while "$ref" in part:
            found = self.document
            for word in part["$ref"].removeprefix("#/").split("/"):
                found = found[word]
            part = found
        return part

    def check(self, value, schema):
        jsonschema.Draft202012Validator({"components": self.document["components"], **schema}).validate(value)

    def operations(self):
        return {(method, path): operation for path, methods in self.document["paths"].items()
                for method, operation in methods.items()}

    def check_answer(self, operation, answer):
        """Whether status, type and body of an answer are among those that the operation tells."""
        status, headers, body = answer
        told = operation["responses"].get(str(status), operation["responses"].get("default"))
        assert told, f"{status} is not told"
        content = self.resolve(told).get("content")
        if content is None:
            assert body == b"", body
            return
        kind = headers["Content-Type"].split(";")[0]
        assert kind in content
        if kind == "application/json":
            self.check(json.loads(body), content[kind]["schema"])


def test_every_endpoint_answers_what_it_says(served):  # noqa: F811
    with serving(served.root) as server:
        interface = Interface(json.loads(server.get("/openapi.json")))
        operations = interface.operations()
        assert set(operations) == set(CALLS)
        for name, operation in operations.items():
            for path, headers, body in CALLS[name]:
                if body is not None:
                    interface.check(body, operation["requestBody"]["content"]["application/json"]["schema"])
                answer = server.request(name[0].upper(), path, body, headers)
                assert answer[0] == 200, (name, answer)
                interface.check_answer(operation, answer)
        # What the server counts by endpoint is what the description has.
        counted = set(re.findall(r'fstore_requests_total{endpoint="([^"]*)"', server.get("/metrics")))
        assert counted == {path.removesuffix("/{name}") for _, path in operations}


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"entities": 1}', '{"df": {}}', '{"feature_views": [1]}'])
def test_every_mistake_is_answered_as_errors_are_told(served, body):  # noqa: F811
    with serving(served.root) as server:
        interface = Interface(json.loads(server.get("/openapi.json")))
        for (method, path), operation in interface.operations().items():
            if method != "post":
                continue
            # Members of other names are passed over, and to materialize everything nothing need be said.
            if path.startswith("/materialize") and body in ("{}", '{"entities": 1}', '{"df": {}}'):
                continue
            answer = server.request("POST", path, body)
            assert 400 <= answer[0] < 500, (path, answer)
            interface.check_answer(operation, answer)
            assert json.loads(json.loads(answer[2]))["message"]


def test_wrong_methods_and_names_are_answered_as_errors_are_told(served):  # noqa: F811
    with serving(served.root) as server:
        interface = Interface(json.loads(server.get("/openapi.json")))
        for (method, path), operation in interface.operations().items():
            wrong = server.request("GET" if method == "post" else "POST", path.replace("{name}", "fv"), "{}")
            assert wrong[0] == 405 and wrong[1]["Allow"]
            interface.check_answer(operation, wrong)
            if "{name}" in path:
                unknown = server.request("GET", path.replace("{name}", "nothing"))
                assert unknown[0] == 404
                interface.check_answer(operation, unknown)
