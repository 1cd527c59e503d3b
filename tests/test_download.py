"""Fetching MNIST: from a server that works, from none, and from those that misbehave."""

import gzip
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torchvision.datasets import MNIST

from course_lib.data import download
from course_lib.data.download import download_mnist
from course_lib.data.sources import IDX_FILES, load_images

Reply = Callable[[BaseHTTPRequestHandler], None]


def idx(values: torch.Tensor) -> bytes:
    header = [0x800 | values.ndim, *values.shape]
    return b"".join(n.to_bytes(4, "big") for n in header) + values.to(torch.uint8).numpy().tobytes()


FILES = {
    f"{name}.gz": gzip.compress(idx(values))
    for names, count in zip(IDX_FILES, (6, 3), strict=True)
    for name, values in zip(
        names, (torch.full((count, 28, 28), count), torch.arange(count)), strict=True
    )
}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_problems", {})
    monkeypatch.setattr(download, "PATIENCE", 0.5)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    checksums = [(name, hashlib.md5(raw).hexdigest()) for name, raw in FILES.items()]
    monkeypatch.setattr(MNIST, "resources", checksums)
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])  # the port is closed


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Start mirrors that reply as the functions say; returns the list of what they are asked."""
    asked: list[str] = []
    servers: list[ThreadingHTTPServer] = []

    def start(*replies: Reply) -> list[str]:
        for reply in replies:
            servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler(reply, asked)))
            servers[-1].daemon_threads = True
            threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
        ports = [server.server_address[1] for server in servers]
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{port}/" for port in ports])
        return asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def handler(reply: Reply, asked: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            reply(self)

        do_HEAD = do_GET

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def send(request: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if request.command == "GET":
        request.wfile.write(body)


def good(request: BaseHTTPRequestHandler) -> None:
    send(request, FILES[request.path.lstrip("/")])


def corrupt(request: BaseHTTPRequestHandler) -> None:
    send(request, FILES[request.path.lstrip("/")][:-1] + b"\1")


def cut_off(request: BaseHTTPRequestHandler) -> None:
    body = FILES[request.path.lstrip("/")]
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if request.command == "GET":
        request.wfile.write(body[: len(body) // 2])


def hang(request: BaseHTTPRequestHandler) -> None:
    threading.Event().wait(5)


def hang_on_get(request: BaseHTTPRequestHandler) -> None:
    hang(request) if request.command == "GET" else send(request, b"")


def no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def no_http_on_get(request: BaseHTTPRequestHandler) -> None:
    no_http(request) if request.command == "GET" else send(request, b"")


def unavailable(request: BaseHTTPRequestHandler) -> None:
    send(request, b"", 503)


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_the_four_files_land_whole(serve: Callable[..., list[str]], tmp_path: Path) -> None:
    serve(good)
    assert download_mnist(tmp_path) is None
    assert sorted(left_in(tmp_path)) == sorted(name for pair in IDX_FILES for name in pair)
    data = load_images("mnist", tmp_path)
    assert (len(data.train_labels), len(data.test_labels)) == (6, 3)
    assert set(data.test_images.flatten().tolist()) == {3}


def test_auto_downloads_when_nothing_is_there(
    serve: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(good)
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_KAGGLE_DIR", str(tmp_path))
    assert load_images("auto", tmp_path / "new").source == "mnist"


def test_without_a_network_there_is_a_phrase_and_no_trace(tmp_path: Path) -> None:
    problem = download_mnist(tmp_path / "data")
    assert problem is not None
    assert problem.startswith("no network")
    assert "\n" not in problem
    assert left_in(tmp_path) == []


def test_a_server_that_accepts_and_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        MNIST.mirrors = [f"http://127.0.0.1:{server.getsockname()[1]}/"]  # fresh puts it back
        start = time.monotonic()
        problem = download_mnist(tmp_path)
    assert problem
    assert time.monotonic() - start < 20 * download.PATIENCE
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    "reply", [corrupt, cut_off, hang_on_get, no_http, no_http_on_get, unavailable]
)
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_misbehaves_leaves_a_phrase_and_no_partial_file(
    serve: Callable[..., list[str]], tmp_path: Path, reply: Reply
) -> None:
    serve(reply)
    problem = download_mnist(tmp_path)
    assert problem
    assert "\n" not in problem
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("first", [unavailable, hang])
def test_a_second_mirror_is_asked_when_the_first_fails(
    serve: Callable[..., list[str]], tmp_path: Path, first: Reply
) -> None:
    def only_head_fails(request: BaseHTTPRequestHandler) -> None:
        first(request) if request.command == "HEAD" else unavailable(request)

    serve(only_head_fails, good)
    assert download_mnist(tmp_path) is None


def test_a_failure_is_remembered_and_not_asked_for_again(
    serve: Callable[..., list[str]], tmp_path: Path
) -> None:
    asked = serve(unavailable)
    first = download_mnist(tmp_path)
    count = len(asked)
    assert count > 0
    assert download_mnist(tmp_path) == first
    assert len(asked) == count


def test_a_folder_that_cannot_be_used_is_not_held_against_another(
    serve: Callable[..., list[str]], tmp_path: Path
) -> None:
    serve(good)
    (tmp_path / "file").write_text("in the way")
    assert download_mnist(tmp_path / "file")
    assert download_mnist(tmp_path / "folder") is None


def test_the_time_limit_of_other_sockets_is_left_alone(tmp_path: Path) -> None:
    before = socket.getdefaulttimeout()
    download_mnist(tmp_path)
    assert socket.getdefaulttimeout() == before
