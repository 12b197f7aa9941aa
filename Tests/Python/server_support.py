"""A running server, and requests to it."""
import contextlib
import http.client
import json
import re
import signal
import subprocess

from conftest import FSTORE


class Server:
    def __init__(self, root, *arguments, host="127.0.0.1"):
        self.process = subprocess.Popen(
            [FSTORE, "serve", "--port", "0", *map(str, arguments)], cwd=root, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)$", line.strip())
        if not found:
            raise RuntimeError(self.process.communicate()[1])
        self.host, self.port = host, int(found.group(1))

    def request(self, method, path, body=None, headers=None):
        """Status, headers and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def post(self, path, body, headers=None, status=200):
        """Posts JSON and returns the answer's JSON; the status must be `status`."""
        got, _, answer = self.request("POST", path, body, headers)
        assert got == status, answer
        return json.loads(answer) if answer else None

    def refused(self, path, body, status, headers=None, method="POST"):
        """The sentence of a refusal, from a JSON string that holds JSON."""
        got, _, answer = self.request(method, path, body, headers)
        assert got == status, (got, answer)
        detail = json.loads(json.loads(answer))
        assert detail["module"] == "feast.errors" and detail["class"]
        return detail["message"]

    def get(self, path, headers=None):
        got, _, answer = self.request("GET", path, headers=headers)
        assert got == 200, answer
        return answer.decode()

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextlib.contextmanager
def serving(root, *arguments, **options):
    server = Server(root, *arguments, **options)
    try:
        yield server
    finally:
        server.stop()
        server.process.stdout.close()
        server.process.stderr.close()
