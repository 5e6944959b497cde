"""Public front-end packages, fetched by name when the tests run and kept in a cache outside the repository."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

# A second version of a package stands under its name with the major version behind it.
PACKAGES = {
    "govuk-frontend": "6.6.0",
    "@uswds/uswds": "3.14.0",
    "admin-lte": "3.2.0",
    "startbootstrap-sb-admin-2": "4.1.4",
    "bootstrap": "5.3.9",
    "@tabler/core": "1.4.0",
    "bulma": "1.0.4",
    "@picocss/pico": "2.1.1",
    "materialize-css": "1.0.0",
    "uikit": "3.23.13",
    "@primer/css": "22.3.2",
    "semantic-ui-css": "2.5.0",
    "jquery": "3.7.1",
    "spectre.css": "0.5.9",
    "foundation-sites": "6.9.0",
    "milligram": "1.4.1",
    "@shoelace-style/shoelace": "2.20.1",
    "flatpickr": "4.6.13",
    "choices.js": "11.1.0",
    "tom-select": "2.4.3",
    "intl-tel-input": "25.3.1",
    "vanillajs-datepicker": "1.3.4",
    "gentelella": "1.4.0",
    "material-components-web": "14.0.0",
    "antd": "4.24.16",
    "antd@5": "5.29.3",
    "dayjs": "1.11.23",
    "naive-ui": "2.45.3",
    "fomantic-ui-css": "2.9.4",
    "primevue": "4.5.5",
    "@primeuix/themes": "1.2.5",
    "primeicons": "7.0.0",
    "vue": "3.5.13",
    "vuetify": "3.7.6",
    "quasar": "2.17.4",
    "react": "18.3.1",
    "react-dom": "18.3.1",
    "@mui/material": "5.16.14",
    "carbon-components": "10.58.12",
    "98.css": "0.1.21",
    "jquery-ui": "1.14.2",
    "element-plus": "2.14.8",
    "@salesforce-ux/design-system": "2.264.1",
    "beercss": "5.0.3",
    "@fluentui/web-components": "2.6.1",
    "daisyui": "4.12.23",
    "lucide-static": "0.460.0",
    "bootstrap-icons": "1.13.2",
    "@tabler/icons": "3.51.0",
    "@material-design-icons/svg": "0.14.15",
    "@phosphor-icons/core": "2.1.1",
    "ionicons": "8.1.0",
    "heroicons": "2.2.0",
    "iconoir": "7.12.1",
    "eva-icons": "1.1.3",
    "@mdi/svg": "7.4.47",
    "@primer/octicons": "19.42.0",
    "remixicon": "4.9.1",
    "@fortawesome/fontawesome-free": "7.3.1",
}


def cache() -> Path:
    """Where fetched packages are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "deskhand-test" / "npm"


def package(name: str) -> Path:
    """The unpacked package's folder; fetched with `npm pack` if it is not there yet."""
    version, name = PACKAGES[name], re.sub(r"(?<=.)@\d+$", "", name)
    target = cache() / f"{name.lstrip('@').replace('/', '-')}-{version}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{version}"], cwd=scratch, check=True, timeout=300, capture_output=True
        )
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as tar:
            tar.extractall(scratch, filter="data")
        (Path(scratch) / "package").rename(target)
    return target
