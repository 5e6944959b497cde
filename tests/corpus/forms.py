"""Forms that others wrote, from their npm packages, each with a record and what its server must receive.

The markup and styles are the packages' own; components are put together on a page, and fields without a name get
one (a form can't be checked by its post otherwise). Nothing is added that can be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jinja2

from tests.corpus.npm import package


@dataclass(frozen=True)
class Page:
    """A page and where in its package's folder it stands (its links are relative)."""

    path: str
    html: Callable[[], str]


@dataclass(frozen=True)
class Form:
    """One form: its package, its page, the record, and the post that the record must become."""

    name: str
    package: str
    page: Page
    record: dict[str, Any]
    expected: dict[str, str | list[str] | tuple[str, ...]]
    """Name to value; a list where it is sent several times, a tuple where any of its spellings will do."""
    defaults: dict[str, str | list[str]] = field(default_factory=dict[str, str | list[str]])
    """What the form posts for fields that the record does not touch."""
    options: tuple[str, ...] = ()
    """What the command line is told besides."""


# ------------------------------------------------------------------ making pages


def named(html: str) -> str:
    """The page with every form posting to /submit and every field with a name (its id, placeholder or place)."""
    html = re.sub(r"<form\b[^>]*?(\s(?:class|id)=\"[^\"]*\")?[^>]*>", r'<form method="post" action="/submit"\1>', html)
    count = 0
    taken: set[str] = set()

    def name(match: re.Match[str]) -> str:
        nonlocal count
        tag = match.group(0)
        if re.search(r"\sname=|type=\"(?:submit|search|button)\"", tag):
            return tag
        count += 1
        known = re.search(r"\sid=\"([^\"]+)\"", tag) or re.search(r"placeholder=\"([^\"]+)\"", tag)
        words = known.group(1) if known and known.group(1) not in taken | {"Enter ..."} else f"field{count}"
        taken.add(words)
        return tag.replace(match.group(1), f'{match.group(1)} name="{words}"', 1)

    return re.sub(r"(<(?:input|select|textarea)\b)[^>]*>", name, html)


def govuk(title: str, *components: str, button: str = "Continue") -> Page:
    """A page of the design system's components; each is FOLDER/FILE."""

    def page() -> str:
        base = package("govuk-frontend") / "dist" / "govuk" / "components"
        parts: list[str] = []
        for component in components:
            folder, _, file = component.partition("/")
            parts.append((base / folder / f"template-{file}.html").read_text())
        return (
            f'<!doctype html><html lang="en" class="govuk-template"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="/dist/govuk/govuk-frontend.min.css"></head><body class="govuk-template__body">'
            '<script>document.body.className += " js-enabled govuk-frontend-supported";</script>'
            f'<div class="govuk-width-container"><main class="govuk-main-wrapper"><h1 class="govuk-heading-l">{title}</h1>'
            f'<form method="post" action="/submit" novalidate>{"".join(parts)}'
            f'<button type="submit" class="govuk-button" data-module="govuk-button">{button}</button></form></main></div>'
            '<script type="module">import {initAll} from "/dist/govuk/govuk-frontend.min.js"; initAll()</script>'
            "</body></html>"
        )

    return Page("form.html", page)


@cache
def _twig() -> jinja2.Environment:
    base = package("@uswds/uswds") / "packages"

    def load(name: str) -> str:
        if name.startswith("@templates/usa-sign-in/includes/"):
            return ""  # advertising beside the form
        name = re.sub(r"^@components/", "", name)
        text = (base / re.sub(r"^@templates/", "templates/", name)).read_text()
        # Twig is nearly Jinja: an include's own variables become an assignment before it, and `|raw` is `|safe`.
        text = re.sub(
            r"\{%-?\s*include\s+(\S+)\s+with\s+\{(.*?)\}\s*-?%\}\s*(?=\s*(?:<|\{|$))", _include, text, flags=re.S
        )
        return text.replace("|raw", "|safe").replace("| raw", "|safe").replace("elseif", "elif")

    return jinja2.Environment(loader=jinja2.FunctionLoader(load), undefined=jinja2.ChainableUndefined)


def _include(match: re.Match[str]) -> str:
    pairs = re.findall(r"'?(\w+)'?\s*:\s*([\w.]+|'[^']*'|\{.*\})", match.group(2), flags=re.S)
    sets = "".join(f"{{% set {name} = {value} %}}" for name, value in pairs)
    return f"{sets}{{% include {match.group(1)} %}}"


def uswds(title: str, *templates: str, button: str = "", **values: Any) -> Page:
    def page() -> str:
        parts = "".join(_twig().get_template(t).render(**values) for t in templates)
        whole = "<main" in parts  # a page of its own, with its form in it
        if not whole:
            parts = re.sub(r"</?form[^>]*>", "", parts)
        send = f'<button type="submit" class="usa-button margin-top-4">{button}</button>' if button else ""
        form = '<form class="usa-form usa-form--large" method="post" action="/submit" novalidate>'
        body = (
            f'<main class="usa-section padding-y-2"><div class="grid-container">{form}{parts}{send}</form></div></main>'
        )
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="stylesheet" href="/dist/css/uswds.min.css"></head><body>{named(parts) if whole else body}'
            '<script src="/dist/js/uswds-init.min.js"></script><script src="/dist/js/uswds.min.js"></script></body></html>'
        )

    return Page("form.html", lambda: named_controls(page()))


def _link_sends(html: str) -> str:
    """The page's main button is a link there; it sends the form, as the page's author left to do."""
    send = """ onclick="this.closest('form').submit(); return false" class="btn btn-primary"""
    return re.sub(r'(<a href="[^"]*")\s+class="btn btn-primary', lambda m: m.group(1) + send, html)


def named_controls(html: str) -> str:
    """Names for fields without one; the form itself is left as it is."""
    return named(html) if re.search(r"<(?:input|select|textarea)(?![^>]*\sname=)[^>]*>", html) else html


def whole(name: str, path: str) -> Page:
    """A whole page of a package."""
    return Page(path, lambda: _link_sends(named((package(name) / path).read_text())))


def part(name: str, path: str, start: str, button: str = "", wrap: str = "col-md-6") -> Page:
    """One form of a page that holds several, on a page of its own with the same styles."""

    def page() -> str:
        text = (package(name) / path).read_text()
        begin = text.index("<form", text.index(f'card-title">{start}'))
        form = text[begin : text.index("</form>", begin) + 7]
        if button:
            form = form.replace(
                "</form>", f'<button type="submit" class="btn btn-primary m-3">{button}</button></form>'
            )
        if "card-body" not in form:
            form = f'<div class="card-body">{form}</div>'
        head = text[: text.index("</head>") + 7]
        return named(
            f'{head}<body class="hold-transition"><div class="container-fluid p-3"><div class="{wrap}">'
            f'<div class="card card-primary">{form}</div></div></div></body></html>'
        )

    return Page(path, page)


def wrapped(name: str, path: str) -> Page:
    """A page whose fields stand in no form: its content section becomes one."""

    def page() -> str:
        text = (package(name) / path).read_text()
        begin = text.index('<section class="content">')
        end = text.index("</section>", begin)
        text = (
            f'{text[:begin]}<form method="post" action="/submit">{text[begin:end]}</section></form>{text[end + 10 :]}'
        )
        return named(text)

    return Page(path, page)


# ------------------------------------------------------------------ the forms

GOVUK, USWDS, LTE, SB2 = "govuk-frontend", "@uswds/uswds", "admin-lte", "startbootstrap-sb-admin-2"
GENERAL = "pages/forms/general.html"
