"""Fetching: what is public comes, what isn't is refused however it is spelled, and nothing takes longer than it may."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle import fetch as module
from aisle.errors import FetchRefused
from aisle.fetch import fetch, is_public

PICTURE = b"\xff\xd8\xff" + b"picture" * 100


class Shop(BaseHTTPRequestHandler):
    """Answers by path; ``seen`` keeps what was asked."""

    seen: list[tuple[str, dict[str, str]]]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        type(self).seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        name = self.path.partition("?")[0].strip("/").replace("-", "_")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, name)()

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, body: bytes = PICTURE, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        fields = {"Content-Type": "image/jpeg", "Content-Length": str(len(body) if length is None else length)}
        for key, value in (fields | {key.replace("_", "-"): value for key, value in headers.items()}).items():
            if value:
                self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def picture(self) -> None:
        self.answer(Content_Type="Image/JPEG; charset=binary", Set_Cookie="track=1")

    def page(self) -> None:
        self.answer(b"<html>", Content_Type="text/html")

    def untyped(self) -> None:
        self.answer(Content_Type="")

    def missing(self) -> None:
        self.answer(b"", status=404)

    def partial(self) -> None:
        self.answer(PICTURE, length=10_000)

    def large(self) -> None:
        self.answer(b"x", length=10_000_000)

    def zipped(self) -> None:
        self.answer(gzip.compress(PICTURE), Content_Encoding="gzip")

    def zipped_half(self) -> None:
        self.answer(gzip.compress(PICTURE)[:-12], Content_Encoding="gzip")

    def zipped_not(self) -> None:
        self.answer(PICTURE, Content_Encoding="gzip")

    def bomb(self) -> None:
        self.answer(gzip.compress(b"\0" * (100 << 20), 9), Content_Encoding="gzip")

    def brotli(self) -> None:
        self.answer(PICTURE, Content_Encoding="br")

    def endless(self) -> None:
        self.answer(b"", Content_Length="", Connection="close")
        while True:
            self.wfile.write(b"x" * 65536)

    def dripping(self) -> None:
        self.answer(b"", length=10_000)
        for _ in range(1200):
            self.wfile.write(b"x")
            time.sleep(0.05)

    def dripping_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(1200):
            self.wfile.write(b"X-%d: y\r\n" % i)
            time.sleep(0.05)

    def silent(self) -> None:
        time.sleep(60)

    def nonsense(self) -> None:
        self.wfile.write(b"\0\1\2 no HTTP at all\r\n\r\n")
        self.close_connection = True

    def once(self) -> None:
        self.answer(b"", 302, Location="/picture?key=secret")

    def twice(self) -> None:
        self.answer(b"", 307, Location="once")

    def thrice(self) -> None:
        self.answer(b"", 308, Location=f"//127.0.0.1:{self.server.server_address[1]}/twice")

    def loop(self) -> None:
        self.answer(b"", 301, Location="/loop")

    def inward(self) -> None:
        self.answer(b"", 302, Location="http://127.0.0.2/admin")

    def to_file(self) -> None:
        self.answer(b"", 302, Location="file:///etc/passwd")

    def to_password(self) -> None:
        self.answer(b"", 302, Location="http://a:b@127.0.0.1/")

    def nowhere(self) -> None:
        self.answer(b"", 302)


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    Shop.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


Get = Callable[..., module.Fetched]


@pytest.fixture
def get(server: ThreadingHTTPServer) -> Get:
    def get(path: str, **options: object) -> module.Fetched:
        settings = {"max_bytes": 100_000, "timeout_s": 60.0, "allow_private": True} | options
        return fetch(f"http://127.0.0.1:{server.server_address[1]}/{path}", **settings)

    return get


@pytest.fixture
def as_if_public(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the server, which for this test counts as public."""
    monkeypatch.setattr(module, "PORTS", {"http": server.server_address[1], "https": 443})
    monkeypatch.setattr(module, "is_public", lambda address: address == "127.0.0.1")
    return f"http://127.0.0.1:{server.server_address[1]}"


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Hosts resolve to the given addresses, call after call; returns the list of hosts asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    # Only the module's own look-ups; connecting to a numeric address goes on as ever.
    monkeypatch.setattr(module.socket, "getaddrinfo", getaddrinfo)
    real = module.httpcore.SyncBackend.connect_tcp

    def connect_tcp(self: object, *arguments: object) -> object:
        with monkeypatch.context() as context:
            context.setattr(module.socket, "getaddrinfo", REAL_GETADDRINFO)
            return real(self, *arguments)

    monkeypatch.setattr(module.httpcore.SyncBackend, "connect_tcp", connect_tcp)
    return asked


REAL_GETADDRINFO = socket.getaddrinfo


class TestWhatComes:
    def test_picture(self, get: Get) -> None:
        got = get("picture?size=1")
        assert (got.bytes, got.content_type) == (PICTURE, "image/jpeg")
        assert got.url.endswith("/picture?size=1")
        path, headers = Shop.seen[-1]
        assert path == "/picture?size=1"
        assert headers["accept"] == "image/*" and "cookie" not in headers and "authorization" not in headers

    def test_redirects(self, get: Get) -> None:
        got = get("thrice")
        assert got.bytes == PICTURE and got.url.endswith("/picture?key=secret")
        assert "cookie" not in Shop.seen[-1][1]

    def test_compressed(self, get: Get) -> None:
        assert get("zipped").bytes == PICTURE

    def test_other_types(self, get: Get) -> None:
        assert get("page", accept=("text/html", "image/")).bytes == b"<html>"
        assert get("untyped", accept=("*/*",)).bytes == PICTURE

    def test_exactly_the_limit(self, get: Get) -> None:
        assert get("picture", max_bytes=len(PICTURE)).bytes == PICTURE
        assert get("zipped", max_bytes=len(PICTURE)).bytes == PICTURE

    def test_no_proxy_from_the_environment(self, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert get("picture").bytes == PICTURE


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("path", "says"),
        [
            ("page", "text/html"),
            ("untyped", "unknown type"),
            ("missing", "404"),
            ("partial", "breaks off"),
            ("large", "100,000 bytes"),
            ("endless", "100,000 bytes"),
            ("bomb", "100,000 bytes"),
            ("zipped-half", "breaks off"),
            ("zipped-not", "breaks off"),
            ("brotli", "compressed as br"),
            ("nonsense", "breaks off"),
            ("loop", "more than 3 times"),
            ("to-file", "'file'"),
            ("to-password", "user name"),
            ("nowhere", "302"),
        ],
    )
    def test_told_why(self, get: Get, path: str, says: str) -> None:
        with pytest.raises(FetchRefused, match=says) as told:
            get(path + "?token=secret")
        assert told.value.field == "url" and told.value.hint
        assert "secret" not in told.value.message + str(told.value.hint)

    @pytest.mark.parametrize("path", ["silent", "dripping", "dripping-headers"])
    def test_one_deadline_for_everything(self, get: Get, path: str) -> None:
        started = time.monotonic()
        with pytest.raises(FetchRefused, match=r"longer than 0\.4 s"):
            get(path, timeout_s=0.4)
        assert time.monotonic() - started < 300

    def test_slow_resolver(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answered = threading.Event()
        monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: answered.wait(60))
        started = time.monotonic()
        with pytest.raises(FetchRefused, match="longer"):
            fetch("http://shop.example/", max_bytes=10, timeout_s=0.2)
        assert time.monotonic() - started < 300
        answered.set()

    def test_nobody_listens(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            with pytest.raises(FetchRefused, match="can't be reached"):
                fetch(f"http://127.0.0.1:{free.getsockname()[1]}/", max_bytes=10, timeout_s=60, allow_private=True)

    def test_plain_server_behind_https(self, server: ThreadingHTTPServer) -> None:
        with pytest.raises(FetchRefused, match="can't be reached"):
            fetch(
                f"https://127.0.0.1:{server.server_address[1]}/picture", max_bytes=10, timeout_s=60, allow_private=True
            )


INSIDE = [
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "127.0.1",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "127.0.0.1.",
    "127。0。0。1",
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "2852039166",
    "192.0.0.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[::ffff:a00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::808:808]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%251]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
]


class TestInsideTheNetwork:
    @pytest.mark.parametrize(
        "host", [*INSIDE, "localhost.", "0177.0.0.1", "①②⑦.0.0.1", "%31%32%37.0.0.1", "127.0.0.1%00.x"]
    )
    def test_however_it_is_spelled(self, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module.httpcore.SyncBackend, "connect_tcp", lambda *_, **__: pytest.fail("connected"))
        with pytest.raises(FetchRefused) as told:
            fetch(f"http://{host}/latest/meta-data", max_bytes=1000, timeout_s=60)
        assert told.value.hint and "meta-data" not in told.value.message

    @pytest.mark.parametrize("host", INSIDE)
    def test_with_a_reason(self, host: str) -> None:
        with pytest.raises(FetchRefused, match=r"inside a network|no address"):
            fetch(f"http://{host}/", max_bytes=1000, timeout_s=60)

    @pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"])
    def test_public(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("ftp://shop.example/a.jpg", "'ftp'"),
            ("file:///etc/passwd", "'file'"),
            ("gopher://127.0.0.1:70/", "'gopher'"),
            ("data:image/png;base64,AA", "'data'"),
            ("//shop.example/a.jpg", "scheme"),
            ("shop.example/a.jpg", "scheme"),
            ("", "scheme"),
            ("http://", "no host"),
            ("http:///a.jpg", "no host"),
            ("http://user:pass@8.8.8.8/", "user name"),
            ("http://8.8.8.8@127.0.0.1/", "user name"),
            ("http://8.8.8.8:22/", "port 22"),
            ("http://8.8.8.8:6379/", "port 6379"),
            ("http://8.8.8.8:0/", "port 0"),
            ("http://8.8.8.8:99999/", "port 99999"),
            ("http://8.8.8.8:x/", "no valid address"),
            ("https://xn--/", "no valid address"),
            ("http://a\0b/", "no valid address"),
            ("http://8.8.8.8/" + "a" * 5000, "4096"),
        ],
    )
    def test_urls_that_are_never_asked(self, url: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
        with pytest.raises(FetchRefused, match=says):
            fetch(url, max_bytes=1000, timeout_s=60)

    def test_one_private_address_among_public_ones(self, monkeypatch: pytest.MonkeyPatch) -> None:
        resolving(monkeypatch, ["8.8.8.8", "10.0.0.1"])
        with pytest.raises(FetchRefused, match="inside a network"):
            fetch("http://shop.example/", max_bytes=1000, timeout_s=60)

    def test_redirect_inwards(self, as_if_public: str) -> None:
        assert fetch(f"{as_if_public}/picture", max_bytes=10_000, timeout_s=60).bytes == PICTURE
        asked = len(Shop.seen)
        with pytest.raises(FetchRefused, match="inside a network"):
            fetch(f"{as_if_public}/inward", max_bytes=10_000, timeout_s=60)
        assert len(Shop.seen) == asked + 1

    def test_rebinding(self, as_if_public: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name that answers with another address the second time is never asked a second time."""
        asked = resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
        url = as_if_public.replace("127.0.0.1", "rebind.example") + "/picture"
        assert fetch(url, max_bytes=10_000, timeout_s=60).bytes == PICTURE
        assert asked == ["rebind.example"]
        assert Shop.seen[-1][1]["host"].startswith("rebind.example:")

    def test_next_address_when_one_is_down(self, server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
        resolving(monkeypatch, ["127.0.0.3", "127.0.0.1"])
        url = f"http://shop.example:{server.server_address[1]}/picture"
        assert fetch(url, max_bytes=10_000, timeout_s=60, allow_private=True).bytes == PICTURE


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.builds("http://{}".format, st.text(max_size=40))))
def test_any_text_is_refused_or_not_found(url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.socket, "getaddrinfo", lambda *_, **__: [])
        with pytest.raises(FetchRefused):
            fetch(url, max_bytes=10, timeout_s=1)
