"""The sandbox: a private display, jailed applications, the jailed executor, and the one way out of a jail."""

from agent.sandbox.app import App, Window, launch, windows
from agent.sandbox.browser import browser
from agent.sandbox.display import Display, PrivateDisplay, SharedDisplay, connected
from agent.sandbox.executor import executor_wrap

__all__ = [
    "App",
    "Display",
    "PrivateDisplay",
    "SharedDisplay",
    "Window",
    "browser",
    "connected",
    "executor_wrap",
    "launch",
    "windows",
]
