"""A daemon of few words: answers requests on a control socket from a script, and keeps what it was asked.

    with FakeDaemon(tmp_path / "control") as daemon:
        daemon.answers["queue"] = [{"queue": {"id_num": "4711"}}, {"end": True, "exit": 0}]
"""

import json
import socket
import threading

END = {"end": True, "exit": 0}


class FakeDaemon:
    """Attributes: path; answers: by command, a list of objects, or bytes that are sent as they are; requests."""

    def __init__(self, path):
        self.path = str(path)
        self.answers = {"ping": [{"ping": {"version": "0", "pid": 1}}, END]}
        self.requests = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.path)
        self._socket.listen(8)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=10)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection):
        line = connection.makefile("rb").readline()
        request = json.loads(line)
        self.requests.append(request)
        answer = self.answers.get(request["command"], [{"error": f"no '{request['command']}' here", "exit": 2}])
        if not isinstance(answer, bytes):
            answer = b"".join(json.dumps(row).encode() + b"\n" for row in answer)
        try:
            connection.sendall(answer)
        except BrokenPipeError:
            pass        # the client had enough
