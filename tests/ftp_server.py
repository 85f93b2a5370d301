"""A server of files by FTP on a folder, with what a client needs who writes: real sockets, and no program to install.

Not here: who sends to it (unit/test_target.py).
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer


class Session(StreamRequestHandler):
    """One who has logged in, with any name. Answers are those of RFC 959 and RFC 3659."""

    folder: Path

    def handle(self) -> None:
        self.offset, self.renamed = 0, Path()
        self.data: socket.socket | None = None
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            command, _, said = line.partition(" ")
            try:
                getattr(self, f"do_{command.lower()}", self.unknown)(said)
            except OSError as error:
                self.say(f"550 {error.strerror}")

    def say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())

    def at(self, said: str) -> Path:
        path = (self.folder / said.lstrip("/")).resolve()
        assert path.is_relative_to(self.folder)
        return path

    @contextmanager
    def transfer(self) -> Iterator[socket.socket]:
        assert self.data is not None
        self.say("150 go on")
        connection, _ = self.data.accept()
        with connection:
            yield connection
        self.data.close()
        self.say("226 done")

    def unknown(self, _: str) -> None:
        self.say("502 not known")

    def do_user(self, _: str) -> None:
        self.say("331 password, please")

    def do_pass(self, _: str) -> None:
        self.say("230 logged in")

    def do_type(self, _: str) -> None:
        self.say("200 so be it")

    def do_quit(self, _: str) -> None:
        self.say("221 bye")

    def do_pasv(self, _: str) -> None:
        self.data = socket.create_server(("127.0.0.1", 0))
        high, low = divmod(self.data.getsockname()[1], 256)
        self.say(f"227 here (127,0,0,1,{high},{low})")

    def do_rest(self, said: str) -> None:
        self.offset = int(said)
        self.say("350 from there")

    def do_mlsd(self, said: str) -> None:
        folder = self.at(said)
        lines = [
            f"type={'dir' if path.is_dir() else 'file'};size={path.stat().st_size}; {path.name}\r\n"
            for path in folder.iterdir()
        ]
        with self.transfer() as connection:
            connection.sendall("".join(lines).encode())

    def do_stor(self, said: str) -> None:
        offset, self.offset = self.offset, 0
        with self.at(said).open("r+b" if offset else "wb") as file:
            file.seek(offset)
            with self.transfer() as connection:
                while block := connection.recv(65_536):
                    file.write(block)

    def do_retr(self, said: str) -> None:
        offset, self.offset = self.offset, 0
        content = self.at(said).read_bytes()[offset:]
        with self.transfer() as connection:
            connection.sendall(content)

    def do_mkd(self, said: str) -> None:
        self.at(said).mkdir()
        self.say(f'257 "{said}"')

    def do_dele(self, said: str) -> None:
        self.at(said).unlink()
        self.say("250 gone")

    def do_rnfr(self, said: str) -> None:
        self.renamed = self.at(said)
        self.say("350 to what")

    def do_rnto(self, said: str) -> None:
        self.renamed.replace(self.at(said))
        self.say("250 renamed")


@contextmanager
def ftp_server(folder: Path) -> Iterator[str]:
    """The folder over FTP; gives the address."""
    handler = type("OfFolder", (Session,), {"folder": folder.resolve()})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ftp://user:HEMMELIG@127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
