"""A browser with one page in it, empty and quiet: nothing remembered, nothing offered, nothing sent elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from agent.errors import BadInput, Missing
from agent.sandbox import jail
from agent.sandbox.app import App, launch
from agent.sandbox.display import Display, jail_uid
from agent.sandbox.relay import Target

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge-stable")
FIREFOXES = ("firefox", "firefox-esr")
MEND = "sudo apt-get install chromium"

PREFERENCES: dict[str, object] = {
    "credentials_enable_service": False,
    "credentials_enable_autosignin": False,
    "autofill": {"enabled": False, "profile_enabled": False, "credit_card_enabled": False},
    "browser": {"enable_spellchecking": False, "check_default_browser": False, "has_seen_welcome_page": True},
    "spellcheck": {"dictionaries": []},
    "translate": {"enabled": False},
    "safebrowsing": {"enabled": False, "enhanced": False},
    "search": {"suggest_enabled": False},
    "alternate_error_pages": {"enabled": False},
    "profile": {
        "password_manager_enabled": False,
        "password_manager_leak_detection": False,
        "exit_type": "Normal",
        "default_content_setting_values": {"notifications": 2, "geolocation": 2, "media_stream": 2, "clipboard": 2},
    },
}
LOCAL_STATE: dict[str, object] = {
    "browser": {"enabled_labs_experiments": []},
    "user_experience_metrics": {"reporting_enabled": False},
}
FEATURES_OFF = (
    "Translate,MediaRouter,OptimizationHints,InterestFeedContentSuggestions,AutofillServerCommunication,"
    "PasswordManagerOnboarding,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,GlobalMediaControls,"
    "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,PrivacySandboxSettings4,SidePanelPinning"
)
FLAGS = (
    "--test-type",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--no-service-autorun",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-gpu",
    "--disable-infobars",
    "--disable-notifications",
    "--disable-quic",
    "--disable-save-password-bubble",
    "--disable-search-engine-choice-screen",
    "--disable-session-crashed-bubble",
    "--disable-smooth-scrolling",
    "--disable-spell-checking",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--log-level=3",
    "--hide-crash-restore-bubble",
    "--metrics-recording-only",
    "--password-store=basic",
    "--propagate-iph-for-testing",
    f"--disable-features={FEATURES_OFF}",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser is to show: the address, the HOST:PORT it lives on, or the folder."""

    url: str
    host: str = ""
    folder: Path | None = None

    @classmethod
    def parse(cls, text: str) -> Page:
        """An http(s) or file address, or the path of a file; raises BadInput."""
        parts = urlsplit(text)
        if parts.scheme in ("http", "https"):
            try:
                port = parts.port or (443 if parts.scheme == "https" else 80)
            except ValueError as error:
                raise BadInput(f"--url {text!r}: {error}") from error
            if not parts.hostname:
                raise BadInput(f"--url {text!r} names no host")
            host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            return cls(text, host=str(Target.parse(f"{host}:{port}")))
        if parts.scheme not in ("", "file"):
            raise BadInput(f"--url {text!r}: http, https and file addresses can be opened")
        path = Path(unquote(parts.path) if parts.scheme == "file" else text).expanduser().absolute()
        if not path.exists():
            raise BadInput(f"--url {text!r}: there is no file {path}")
        tail = ("?" + parts.query if parts.query else "") + ("#" + parts.fragment if parts.fragment else "")
        return cls("file://" + quote(str(path)) + (tail if parts.scheme else ""), folder=path.parent)


def browser(url: str, display: Display, *, allow_net: Sequence[str] = (), name: str = "") -> App:
    """Show a page in a browser of its own, with a fresh profile.

    The page's own HOST:PORT is reachable because whoever named the page named it; all else only by `allow_net`.
    A local file brings its folder (read-only). `name`: which browser, where several are installed. Raises Missing
    and BadInput; what can't be had is in the App's `notes`.
    """
    page = Page.parse(url)
    if page.folder is not None and str(page.folder) in (*jail.BROAD, str(Path.home())):
        raise BadInput(f"{page.folder} is too broad to let into the jail: put the page into a folder of its own")
    program = _find(name)
    jailed = display.private or jail_uid() is not None
    notes: list[str] = []
    if Path(program).name.startswith("firefox"):
        argv, files, profile = _firefox(program, page, jailed)
        notes.append("Firefox has no window without an address bar: its bar is on the picture too")
    else:
        argv, files, profile = _chromium(program, page, display, jailed, notes)
    app = launch(
        argv,
        display,
        allow_net=[*([page.host] if page.host else []), *allow_net],
        files=[page.folder] if page.folder is not None else [],
        remove=[profile] if profile is not None else [],
        inside=jail.Spec(files=files),
        name=Path(program).name,
    )
    app.notes += notes
    return app


def _find(name: str) -> str:
    for candidate in (name,) if name else (*CHROMIUMS, *FIREFOXES):
        found = shutil.which(candidate)
        # Snaps bring a jail of their own, which does not start inside ours.
        if found and not os.path.realpath(found).startswith(("/snap/", "/usr/bin/snap")):
            return found
    raise Missing(f"no browser was found ({name or 'Chromium, Google Chrome or Firefox'})", MEND)


def _chromium(
    program: str, page: Page, display: Display, jailed: bool, notes: list[str]
) -> tuple[list[str], dict[str, str], Path | None]:
    """Command line, profile files for the jail, and the profile's folder where there is no jail."""
    profile = f"{jail.HOME}/profile" if jailed else tempfile.mkdtemp(prefix="deskhand-profile-")
    files = {
        f"{profile}/Default/Preferences": json.dumps(PREFERENCES),
        f"{profile}/Local State": json.dumps(LOCAL_STATE),
        f"{profile}/First Run": "",
    }
    argv = [program, *FLAGS, f"--user-data-dir={profile}", "--window-position=0,0", "--start-maximized"]
    size = getattr(display, "size", None)
    if size is not None:
        # In the browser's own units, not in pixels.
        argv.append(f"--window-size={round(size[0] / display.scale)},{round(size[1] / display.scale)}")
    if display.scale != 1.0 or display.private:
        argv.append(f"--force-device-scale-factor={display.scale:g}")
    if jailed and not nested_namespaces():
        argv.append("--no-sandbox")
        notes.append("this kernel lets no browser make its own sandbox inside the jail: the jail alone holds it")
    argv.append(f"--app={page.url}")
    if jailed:
        return argv, files, None
    _write(files)
    return argv, {}, Path(profile)


def _firefox(program: str, page: Page, jailed: bool) -> tuple[list[str], dict[str, str], Path | None]:
    profile = f"{jail.HOME}/profile" if jailed else tempfile.mkdtemp(prefix="deskhand-profile-")
    settings = {
        "browser.aboutwelcome.enabled": False,
        "browser.formfill.enable": False,
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.homepage_override.mstone": "ignore",
        "browser.translations.automaticallyPopup": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "extensions.formautofill.addresses.enabled": False,
        "extensions.formautofill.creditCards.enabled": False,
        "general.smoothScroll": False,
        "layout.spellcheckDefault": 0,
        "signon.rememberSignons": False,
    }
    lines = "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items())
    files = {f"{profile}/user.js": lines}
    if not jailed:
        _write(files)
    argv = [program, "--no-remote", "--profile", profile, "--new-window", page.url]
    return argv, files if jailed else {}, None if jailed else Path(profile)


def _write(files: dict[str, str]) -> None:
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@cache
def nested_namespaces() -> bool:
    """Whether a program inside the jail can make user namespaces, which browsers' own sandboxes need."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    outer = [jail.check_bubblewrap(), "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    user = jail_uid()
    become = ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"] if user is not None else []
    capabilities = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if user is not None else []
    namespaces = [] if user is not None else ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    argv = [*outer, *namespaces, *capabilities, "--", *become, unshare, "--user", "--pid", "--net", "true"]
    return subprocess.run(argv, capture_output=True, timeout=20, check=False).returncode == 0
