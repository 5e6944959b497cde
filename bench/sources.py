"""Pages to score perception on: what public packages ship (their own examples), and layouts of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.npm import package


@dataclass(frozen=True)
class Source:
    """One page: its family, name, the HTML, and the package folder that its links mean."""

    family: str
    name: str
    html: str
    root: str = ""
    """Path of the package under the served folder."""


def _shell(title: str, head: str, body: str, body_class: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>'
        f'<body class="{body_class}">{body}</body></html>'
    )


def _own_ids(html: str, prefix: str) -> str:
    """Make the ids of an example its own, so that several fit on a page."""

    def rename(found: re.Match[str]) -> str:
        words = " ".join(prefix + w for w in found[3].split())
        return f"{found[1]}={found[2]}{words}{found[2]}"

    return re.sub(r'\b(id|for|name|aria-describedby|aria-labelledby)=(["\'])([^"\']+)\2', rename, html)


GOVUK = (
    "input",
    "textarea",
    "select",
    "radios",
    "checkboxes",
    "date-input",
    "password-input",
    "character-count",
    "button",
)


def govuk() -> Iterator[Source]:
    """Every example of the form components, a few on a page."""
    root = package("govuk-frontend")
    head = f'<link rel="stylesheet" href="/{root.name}/dist/govuk/govuk-frontend.min.css">'
    for component in GOVUK:
        file = root / "dist/govuk/components" / component / "fixtures.json"
        examples = [f for f in json.loads(file.read_text())["fixtures"] if not f.get("hidden")]
        step = 8 if component == "button" else 3
        for start in range(0, len(examples), step):
            parts = [_own_ids(f["html"], f"e{start + i}-") for i, f in enumerate(examples[start : start + step])]
            body = (
                '<div class="govuk-width-container"><main class="govuk-main-wrapper">'
                + "".join(parts)
                + "</main></div>"
            )
            yield Source("govuk", f"{component}-{start // step}", _shell(component, head, body, "govuk-template__body"))


USWDS = (
    *("templates/usa-name-form", "templates/usa-address-form", "templates/usa-password-reset-form"),
    *(
        "templates/usa-sign-in/usa-sign-in-form/usa-sign-in-form",
        "templates/usa-create-account/_usa-create-account-inner",
    ),
    *(
        "usa-input/src/usa-input",
        "usa-checkbox/src/usa-checkbox",
        "usa-radio/src/usa-radio",
        "usa-select/src/usa-select",
    ),
    *("usa-memorable-date/src/usa-memorable-date", "usa-range/src/usa-range", "usa-button/src/usa-button"),
    *(
        "usa-textarea/src/usa-textarea",
        "usa-validation/src/usa-validation",
        "usa-character-count/src/usa-character-count",
    ),
    *("usa-input-prefix-suffix/src/usa-input-prefix-suffix", "usa-search/src/usa-search"),
)


def uswds() -> Iterator[Source]:
    """The form templates, without their template language (its branches are dropped)."""
    root = package("@uswds/uswds")
    head = f'<link rel="stylesheet" href="/{root.name}/dist/css/uswds.min.css">'
    for name in USWDS:
        file = root / "packages" / f"{name}.twig"
        if not file.is_file():
            continue
        html = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", file.read_text(), flags=re.S)
        body = f'<main class="grid-container padding-y-4">{html}</main>'
        yield Source("uswds", Path(name).name.strip("_"), _shell(name, head, body))


ADMIN = (
    *(
        "forms/general",
        "forms/validation",
        "forms/advanced",
        "examples/login",
        "examples/register",
        "examples/contact-us",
    ),
    *(
        "examples/project-add",
        "examples/project-edit",
        "examples/recover-password",
        "mailbox/compose",
        "examples/profile",
    ),
    *("search/enhanced", "UI/buttons", "examples/register-v2"),
)


def admin_lte() -> Iterator[Source]:
    root = package("admin-lte")
    for name in ADMIN:
        file = root / "pages" / f"{name}.html"
        if file.is_file():
            yield Source("admin-lte", name, file.read_text("utf-8", "replace"), f"{root.name}/pages/{name}.html")


def sb_admin() -> Iterator[Source]:
    root = package("startbootstrap-sb-admin-2")
    for name in ("login", "register", "forgot-password", "buttons", "tables"):
        html = (root / f"{name}.html").read_text("utf-8", "replace")
        yield Source("sb-admin", name, html, f"{root.name}/{name}.html")


def gentelella() -> Iterator[Source]:
    """Held out: nothing was tuned on these pages."""
    root = package("gentelella")
    for name in (
        "form",
        "form_validation",
        "form_advanced",
        "form_buttons",
        "form_wizards",
        "login",
        "contacts",
        "inbox",
    ):
        html = (root / "production" / f"{name}.html").read_text("utf-8", "replace")
        yield Source("gentelella", name, html, f"{root.name}/production/{name}.html")


def own() -> Iterator[Source]:
    """Layouts of our own: each way of placing labels that people use."""
    bootstrap = f"/{package('bootstrap').name}/dist/css/bootstrap.min.css"
    for file in sorted((Path(__file__).parent / "layouts").glob("*.html")):
        yield Source("own", file.stem, file.read_text().replace("BOOTSTRAP", bootstrap))


STYLES = (
    *("material-components-web", "antd", "vue", "vuetify", "quasar", "react", "react-dom", "@mui/material"),
    *("carbon-components", "98.css", "daisyui", "materialize-css"),
)


def styles() -> Iterator[Source]:
    """A form in the style of each of several toolkits, as it comes and with every field filled."""
    folder = Path(__file__).parent / "styles"
    fill = f"<script>{(folder / 'fill.js').read_text()}</script>"
    for file in sorted(folder.glob("*.html")):
        html = file.read_text()
        for name in STYLES:
            if f'"/{name}/' in html:
                html = html.replace(f'"/{name}/', f'"/{package(name).name}/')
        yield Source("styles", file.stem, html)
        yield Source("styles", f"{file.stem}-filled", html + fill)


FAMILIES = {
    "own": own,
    "govuk": govuk,
    "uswds": uswds,
    "admin-lte": admin_lte,
    "sb-admin": sb_admin,
    "gentelella": gentelella,
    "styles": styles,
}
