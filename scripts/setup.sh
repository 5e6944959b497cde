#!/bin/sh
# Sets up what `make run` (setup.sh run) or `make test` (setup.sh dev) needs, and nothing that is there already:
# Debian packages, the virtual environment .venv, the pinned Python packages. Needs no terminal; may run again and again.
set -eu
cd "$(dirname "$0")/.."
level=${1:-run}

say() { printf 'set-up: %s\n' "$*" >&2; }
fail() { say "$*"; exit 4; }

# ---- the system

case "$(uname -s)" in
Linux) ;;
Darwin) fail "on macOS 'deskhand see' and 'deskhand ground' on pictures work (python3.11 -m venv .venv && .venv/bin/pip install -c constraints.txt .); private displays, jailed applications and 'make run' need Linux" ;;
*) fail "$(uname -s) is not supported: 'make run' and 'make test' need Linux with X11 (on Windows: Debian in WSL 2)" ;;
esac

# Two at the same time wait for each other.
exec 9>.setup.lock
have() { command -v "$1" >/dev/null 2>&1; }
have flock && flock 9

logs=$(mktemp -d) && trap 'wait; rm -rf "$logs"' EXIT
first="python3 python3-venv ca-certificates"
packages="xvfb openbox bubblewrap fonts-dejavu-core fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"
browsers="chromium chromium-browser google-chrome-stable google-chrome"
programs="yad zenity mousepad featherpad galculator gnumeric python3-tk xclip tmux xterm"
# pynput's evdev comes as source.
compiler="gcc libc6-dev python3-dev"

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }
have_browser() { for name in $browsers; do have "$name" && return 0; done; return 1; }

# How to become root, or an end that says what to install.
root() {
    [ "$(id -u)" = 0 ] && return
    advice="Debian packages are missing; install them as root: apt-get install$missing"
    have sudo || fail "$advice"
    if ! sudo -n true 2>/dev/null; then
        [ -t 0 ] || fail "sudo wants a password and there is no terminal. $advice"
        sudo -v || fail "$advice"
    fi
    printf sudo
}

# quietly NAME COMMAND...: its output is shown only if it fails.
quietly() {
    log="$logs/$1"
    shift
    # Daemons that a package starts must not keep the lock.
    if ! "$@" >"$log" 2>&1 9>&-; then
        tail -n 15 "$log" >&2
        fail "failed: $*"
    fi
}

# absent NAME...: those of these Debian packages that are not installed.
absent() { for name in "$@"; do installed "$name" || printf ' %s' "$name"; done; }

# shellcheck disable=SC2086
apt() { quietly "$1" $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends $2; }

missing=""
waiting=""
if have dpkg-query && have apt-get; then
    [ "$level" = dev ] && packages="$packages $programs" first="$first $compiler"
    # shellcheck disable=SC2086
    first=$(absent $first) packages=$(absent $packages)
    have_browser || packages="$packages chromium"
    missing="$first$packages"
    if [ -n "$missing" ]; then
        say "installing Debian packages:$missing"
        sudo=$(root)
        apt update update
        [ -z "$first" ] || apt first "install $first"
        # The rest goes on beside the Python packages: both take long, and neither needs the other.
        if [ -n "$packages" ]; then
            apt rest "install $packages" &
            waiting=$!
        fi
    fi
else
    for name in Xvfb openbox bwrap; do have "$name" || missing="$missing $name"; done
    have_browser || missing="$missing chromium"
    [ -z "$missing" ] || fail "this is not Debian: please install with your system's package manager:$missing"
fi

# ---- Python

python=""
for name in python3.13 python3.12 python3.11 python3 /usr/bin/python3; do
    if have "$name" && "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer with its venv module was not found"

stamp=".venv/.stamp-$level"
wanted=$(cat pyproject.toml constraints.txt setup.py "$0" | sha256sum | cut -c1-64)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null || quietly venv "$python" -m venv --clear .venv
    what="."
    [ "$level" = dev ] && what=".[dev,qwen,desktop]"
    say "installing Python packages into .venv"
    quietly pip .venv/bin/python -m pip --disable-pip-version-check --no-input install -q -c constraints.txt -e "$what"
    printf '%s\n' "$wanted" >"$stamp"
    if [ "$level" = dev ]; then printf '%s\n' "$wanted" >.venv/.stamp-run; fi
fi

[ -z "$waiting" ] || wait "$waiting"
