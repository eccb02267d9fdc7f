"""Hold deploy/ and the Dockerfile to what the server really shows and the tree really has.

Role: reads the files as their tools would; starts nothing.
"""

import json
import re
import tomllib
from pathlib import Path

from app.observe.metrics import Metrics

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


def shown_metrics() -> set[str]:
    """Return every sample name that /metrics may show."""
    text = Metrics().exposition().decode()
    kinds = re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE)
    parts = ("_bucket", "_sum", "_count")
    return {
        name + suffix
        for name, kind in kinds
        for suffix in (parts if kind == "histogram" else ("",))
    }


def test_the_dashboard_asks_only_for_metrics_that_exist() -> None:
    panels = json.loads((DEPLOY / "grafana/depthcast.json").read_text())["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"depthcast_\w+", target["expr"])
    }
    assert asked
    assert asked <= shown_metrics()


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads((DEPLOY / "grafana/depthcast.json").read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_file_that_the_composition_mounts_exists() -> None:
    mounted = re.findall(r"^\s+- (\./\S+?):", (DEPLOY / "compose.yml").read_text(), re.MULTILINE)
    assert mounted
    assert [name for name in mounted if not (DEPLOY / name).is_file()] == []


def test_the_image_gets_every_package() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"][
        "packages"
    ]
    copied = set(re.findall(r"^COPY (\w+)/ \1/$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    allowed = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    tops = {package.partition(".")[0] for package in packages}
    assert tops <= copied
    assert copied <= allowed
