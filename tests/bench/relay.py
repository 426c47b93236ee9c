"""A line of limited rate to a server on this machine: bytes are passed on in small pieces, each when it is its time."""

import contextlib
import socket
import threading
import time

PIECE = 65536


class Relay:
    """with Relay(port of the server, bytes a second) as relay: … relay.port"""

    def __init__(self, port, rate):
        self._target = port
        self._rate = rate
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for one, other, rate in ((client, server, None), (server, client, self._rate)):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._pass_on, args=(one, other, rate), daemon=True).start()

    @staticmethod
    def _pass_on(source, target, rate):
        begun, passed = time.monotonic(), 0
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                if passed == 0:
                    begun = time.monotonic()
                passed += len(piece)
                if rate and (ahead := begun + passed / rate - time.monotonic()) > 0:
                    time.sleep(ahead)
                target.sendall(piece)
        for end in (target, source):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR if end is target else socket.SHUT_RD)
