"""The sandbox: what a jail lets in and out, and that nothing of it survives us."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import AppFailed, BadInput, DisplayMissing, Missing
from agent.sandbox import PrivateDisplay, SharedDisplay, browser, executor_wrap, jail, launch, xauth
from agent.sandbox.browser import Page
from agent.sandbox.display import scale_environment, socket_of
from agent.sandbox.relay import Relay, Target

# ---------------------------------------------------------------- without a display


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:80", "127.0.0.1", 80), ("Example.org:8443", "example.org", 8443), ("[::1]:9000", "::1", 9000)],
)
def test_a_target_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert Target.parse(text) == Target(host, port)


@pytest.mark.parametrize(
    "text",
    ["", "host", "host:", ":80", "host:0", "host:70000", "*:80", "a/b:80", "[2001:db8::1]:80", "host:²", "a:b:80"],
)
def test_what_is_no_target_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInput, match="allow-net"):
        Target.parse(text)


def test_only_a_folder_of_its_own_is_given_to_an_application(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "root").symlink_to("/")
    jail.check_shared(tmp_path)
    broad = [*map(Path, ("/", "/etc", "/usr/share", "/tmp", "/home")), Path.home(), Path.home().parent]
    for folder in (*broad, tmp_path / "file", tmp_path / "none", tmp_path / "root"):
        with pytest.raises(BadInput, match=re.escape(str(folder))):
            jail.check_shared(folder)


def test_authority_files_are_written_for_their_owner_alone_and_read_back(tmp_path: Path) -> None:
    entries = xauth.entries_for(xauth.new_cookie(), 7)
    xauth.write(tmp_path / "auth", entries)
    assert xauth.read(tmp_path / "auth") == entries
    assert (tmp_path / "auth").stat().st_mode & 0o777 == 0o600
    assert xauth.read(tmp_path / "none") == []


def test_commands_are_split_like_a_shell_does() -> None:
    assert jail.split("yad --title 'two words'") == ["yad", "--title", "two words"]
    for wrong in ("", "   ", "a 'b"):
        with pytest.raises(BadInput):
            jail.split(wrong)


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(Missing, match="no-such-program"):
        jail.find_program("no-such-program")


def test_a_named_file_is_let_in_and_a_broad_folder_is_not(tmp_path: Path) -> None:
    page = tmp_path / "notes.txt"
    page.write_text("x")
    assert jail.named_paths(["/usr/bin/mousepad", str(page), "--font", "plain"]) == [page]
    assert jail.named_paths(["/usr/bin/x", f"--open=file://{page}"]) == [page]
    with pytest.raises(BadInput, match="too broad"):
        jail.named_paths(["/usr/bin/mousepad", str(Path.home())])


def test_a_program_of_ones_own_brings_its_folder(tmp_path: Path) -> None:
    assert jail.named_paths([str(tmp_path / "bin" / "tool")]) == [tmp_path / "bin"]
    assert jail.named_paths([str(Path.home() / "tool")]) == [Path.home() / "tool"]


def test_pages_are_addresses_or_files(tmp_path: Path) -> None:
    assert Page.parse("http://localhost:81/a?b").host == "localhost:81"
    assert Page.parse("https://example.org/").host == "example.org:443"
    assert Page.parse("http://[::1]/").host == "[::1]:80"
    file = tmp_path / "a b.html"
    file.write_text("x")
    for text in (str(file), f"file://{tmp_path}/a%20b.html"):
        assert Page.parse(text) == Page(f"file://{tmp_path}/a%20b.html", folder=tmp_path)
    for wrong in (f"{tmp_path}/none.html", "ftp://x/", "http://x:99999/", "http:///x"):
        with pytest.raises(BadInput, match="--url"):
            Page.parse(wrong)


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 2.0, 3.0])
def test_letters_grow_by_the_scale_in_every_toolkit(scale: float) -> None:
    """GTK multiplies the display's dpi, GDK_SCALE and GDK_DPI_SCALE; Qt QT_FONT_DPI and QT_SCALE_FACTOR."""
    env = scale_environment(scale)
    dpi = round(96 * scale) / 96
    assert dpi * float(env.get("GDK_SCALE", 1)) * float(env.get("GDK_DPI_SCALE", 1)) == pytest.approx(scale, rel=0.01)
    assert float(env.get("QT_FONT_DPI", 96)) / 96 * float(env.get("QT_SCALE_FACTOR", 1)) == pytest.approx(scale)


def test_only_local_displays_have_a_socket() -> None:
    assert socket_of("elsewhere:0") is None
    assert socket_of(":4711") is None


def test_a_display_that_is_not_there_is_named() -> None:
    with pytest.raises(DisplayMissing, match=":4711"):
        SharedDisplay(":4711")


def test_a_relay_passes_bytes_both_ways_and_nowhere_else(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = Relay(Target("127.0.0.1", server.getsockname()[1]), tmp_path / "net")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(relay.path))
            client.sendall(b"ping")
            client.shutdown(socket.SHUT_WR)
            peer, _ = server.accept()
            with peer:
                assert peer.recv(10) == b"ping"
                assert peer.recv(10) == b""
                peer.sendall(b"pong")
            assert client.recv(10) == b"pong"
        relay.close()
        assert not relay.path.exists()


# ---------------------------------------------------------------- with a display of its own

display_test = pytest.mark.display


@pytest.fixture(scope="module")
def private() -> Iterator[PrivateDisplay]:
    with PrivateDisplay((1000, 700)) as display:
        yield display


def run_inside(display: PrivateDisplay, script: str, **options: object) -> tuple[int | None, str]:
    """Run a shell script in the jail; its exit status and what it printed."""
    with launch(["sh", "-c", script], display, **options) as app:  # type: ignore[arg-type]
        code = app.wait(30)
        return code, app.output + app.stderr_tail


@display_test
def test_a_private_display_needs_its_cookie(private: PrivateDisplay, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "DISPLAY": private.name}
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    code = "import Xlib.display as d; print(d.Display().screen().width_in_pixels)"
    without = subprocess.run([sys.executable, "-c", code], env=env | {"XAUTHORITY": str(empty)}, capture_output=True)
    assert without.returncode != 0
    with_it = subprocess.run([sys.executable, "-c", code], env=env | private.env, capture_output=True, text=True)
    assert with_it.stdout.strip() == "1000"


@display_test
def test_the_jail_shows_the_system_and_nothing_of_ours(private: PrivateDisplay, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    script = f"""
        test -e {secret} && echo secret
        ls -A ~ | grep -v '^[.]' && echo home
        touch /usr/x 2>/dev/null && echo usr
        touch /etc/x 2>/dev/null && echo etc
        cat /etc/shadow 2>/dev/null && echo shadow
        test "$(id -u)" = 0 && echo root
        ls /proc | grep -q '^{os.getpid()}$' && echo processes
        env | grep -q CANARY && echo environment
        ls /tmp/.X11-unix | grep -v '^X{private.name[1:]}$' && echo displays
        grep -q 'NoNewPrivs.*1' /proc/self/status || echo privileges
        test -w ~ && test -w /tmp && echo writable
    """
    os.environ["CANARY"] = "1"
    try:
        assert run_inside(private, script) == (0, "writable\n")
    finally:
        del os.environ["CANARY"]


PROBE = """
import socket, sys
for word in sys.argv[1:]:
    host, _, port = word.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=3) as s:
            s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            print(word, s.recv(8).decode())
    except OSError:
        print(word, "no")
"""


@pytest.fixture
def servers() -> Iterator[tuple[int, int]]:
    started = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) for _ in "ab"]
    for server in started:
        server.RequestHandlerClass.log_message = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield started[0].server_port, started[1].server_port
    for server in started:
        server.shutdown()
        server.server_close()


@display_test
def test_only_the_allowed_port_can_be_reached(private: PrivateDisplay, servers: tuple[int, int]) -> None:
    allowed, other = servers
    words = [f"127.0.0.1:{allowed}", f"127.0.0.1:{other}", "10.1.1.1:80", "example.org:80", f"localhost:{allowed}"]
    argv = ["python3", "-c", PROBE, *words]
    with launch(argv, private, allow_net=[f"127.0.0.1:{allowed}"]) as app:
        app.wait(30)
        answers = dict(line.split(" ", 1) for line in app.output.splitlines())
    assert {word: answer for word, answer in answers.items() if answer != "no"}.keys() == {words[0], words[4]}
    assert answers[words[0]].startswith("HTTP")


@display_test
def test_names_addresses_and_low_ports_can_be_allowed(private: PrivateDisplay) -> None:
    """What can't be reached from here must still be listened for inside: the connection opens and then ends."""
    script = "\n".join(
        [
            "import socket",
            "for where in (('intranet.test', 80), ('192.0.2.7', 8443)):",
            "    socket.create_connection(where, timeout=3).close()",
            "print(sorted({a[4][0] for a in socket.getaddrinfo('intranet.test', 80)}))",
        ]
    )
    with launch(["python3", "-c", script], private, allow_net=["intranet.test:80", "192.0.2.7:8443"]) as app:
        assert app.wait(30) == 0, app.stderr_tail
        assert app.output.startswith("['127.77.0.")


@display_test
def test_files_are_read_only_and_a_named_folder_is_writable(private: PrivateDisplay, tmp_path: Path) -> None:
    read, write = tmp_path / "read", tmp_path / "write"
    read.mkdir()
    write.mkdir()
    (read / "a").write_text("text")
    (write / "old").write_text("old")
    script = f"cat {read}/a; touch {read}/b 2>/dev/null && echo wrong; echo new > {write}/new; echo more >> {write}/old"
    assert run_inside(private, script, files=[read], writable=[write]) == (0, "text")
    assert (write / "new").read_text() == "new\n"
    assert (write / "old").read_text() == "oldmore\n"
    assert (write / "new").stat().st_uid == write.stat().st_uid == os.geteuid()


@display_test
def test_an_application_that_dies_says_why(private: PrivateDisplay) -> None:
    with launch(["sh", "-c", "echo the reason >&2; exit 7"], private) as app:
        with pytest.raises(AppFailed, match=r"(?s)exit status 7.*the reason"):
            app.wait_window(20)
        assert app.returncode == 7
        assert not app.alive()


@display_test
def test_a_program_that_is_missing_is_named_before_anything_starts(private: PrivateDisplay) -> None:
    with pytest.raises(Missing, match="no-such-program"):
        launch("no-such-program --form", private)


@display_test
def test_an_application_shows_its_window_and_its_output(private: PrivateDisplay) -> None:
    with launch("zenity --entry --text=Hello --title=Greeting", private) as app:
        window = app.wait_window(20)
        assert window.title == "Greeting"
        assert 0 < window.box.left < window.box.right < 1000
        assert app.alive()
    assert not app.alive()
    assert app.windows() == []


@display_test
def test_a_display_that_was_named_is_used_as_it_is(private: PrivateDisplay) -> None:
    """As root in the jail, else as ourselves; either way nothing of the application is left at the end."""
    with SharedDisplay(private.name, xauthority=private.xauthority) as shared:
        with launch(["sh", "-c", "setsid sleep 4711 & setsid zenity --info --text=Hello &"], shared) as app:
            app.wait_window(20)
            below = descendants(app.pid)
            assert len(below) >= 2
        assert not any(Path(f"/proc/{pid}").exists() for pid in below)
        assert shared.notes == []


@display_test
def test_the_executor_can_reach_its_display_and_its_pipes_only(private: PrivateDisplay) -> None:
    code = (
        "import os, sys, socket, agent.schema, Xlib.display;"
        "print(Xlib.display.Display().screen().width_in_pixels, sys.stdin.readline().strip(), os.path.exists('/srv'));"
        "socket.create_connection(('127.0.0.1', 9), 1)"
    )
    argv = [*executor_wrap(private), sys.executable, "-c", code]
    done = subprocess.run(argv, input="hello\n", capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.split() == ["1000", "hello", "False"], done.stderr
    assert "Connection refused" in done.stderr


@display_test
def test_a_browser_shows_its_page_and_keeps_its_own_sandbox(private: PrivateDisplay, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "page.html").write_text("<title>Old</title><script src=run.js></script>")
    (folder / "run.js").write_text("document.title = 'From the folder'")
    with browser(str(folder / "page.html"), private) as app:
        app.wait_window(30)
        until = time.monotonic() + 10
        while app.windows()[0].title != "From the folder" and time.monotonic() < until:
            time.sleep(0.05)
        assert app.windows()[0].title == "From the folder"
        assert app.windows()[0].box.width == 1000
        commands = [Path(p, "cmdline").read_bytes() for p in Path("/proc").glob("[0-9]*") if _is_readable(p)]
        assert not any(b"--no-sandbox" in c for c in commands if str(folder).encode() in c)


def _is_readable(process: Path) -> bool:
    try:
        (process / "cmdline").read_bytes()
    except OSError:
        return False
    return True


SCENE = """
import json, subprocess, sys, time
from agent.sandbox import PrivateDisplay, executor_wrap, launch
with PrivateDisplay((640, 480)) as display:
    app = launch(["sh", "-c", "setsid sleep 4711 & exec zenity --entry"], display)
    app.wait_window()
    child = subprocess.Popen([*executor_wrap(display), sys.executable, "-c", "import time; time.sleep(4711)"])
    time.sleep(0.3)
    print(json.dumps(str(display.folder)), flush=True)
    time.sleep(4711)
"""


def descendants(of: int) -> set[int]:
    """All processes under one, by what /proc says of parents."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, new = set[int](), {of}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found
        found |= new
    return found


def folders_of(processes: set[int]) -> set[Path]:
    """The sandbox's temporary folders, by what the processes' command lines say of them."""
    found = set[Path]()
    for pid in processes:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
            found |= {Path(name) for name in re.findall(r"/tmp/deskhand-[\w-]+", text)}
    return found


@display_test
@pytest.mark.parametrize("victim", ["deskhand", "a guard"])
def test_nothing_survives_kill_9(victim: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", SCENE], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    folder = Path(json.loads(process.stdout.readline()))
    below = descendants(process.pid)
    folders = folders_of(below)
    assert len(below) >= 10
    assert folder in folders
    if victim == "a guard":
        guard = next(p for p in below if b"guard.py" in Path(f"/proc/{p}/cmdline").read_bytes())
        os.kill(guard, signal.SIGKILL)
    process.kill()
    process.wait()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in below) and time.monotonic() < until:
        time.sleep(0.02)
    left = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in below if Path(f"/proc/{pid}").exists()]
    assert left == []
    if victim == "deskhand":
        until = time.monotonic() + 5
        while any(folder.exists() for folder in folders) and time.monotonic() < until:
            time.sleep(0.02)
        assert [folder for folder in folders if folder.exists()] == []
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
