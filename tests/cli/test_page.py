"""``show --html``: the page is whole, links lead somewhere, and nothing that was written by others runs."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

HOSTILE = "def median(xs):\n    return '<script>alert(1)</script>' or xs[0]\n"


class Tags(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_run_can_be_walked_from_its_result_to_the_task(workplace: Any, cli: Any) -> None:
    assert cli("solve", "median.py", *workplace.script(HOSTILE, workplace.RIGHT)).code == 0
    ran = cli("show", "latest", "--html", "run.html")
    assert (ran.code, ran.err) == (0, "")
    page = Tags((workplace.folder / "run.html").read_text(encoding="utf-8"))
    anchors = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    links = {str(attributes["href"]) for tag, attributes in page.tags if tag == "a"}
    assert len(anchors) == len(set(anchors)) >= 2
    assert links == {f"#{anchor}" for anchor in anchors}
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert "<script>alert(1)</script>" in page.text
    assert re.search(r"unit-tests: PASS, TESTED .*cpython", page.text)
    assert "unit-tests: FAIL" in page.text
    assert "Where the best program comes from" in page.text


def test_a_page_that_cannot_be_written_is_bad_input(workplace: Any, cli: Any) -> None:
    assert cli("solve", "median.py", *workplace.script(workplace.RIGHT)).code == 0
    ran = cli("show", "latest", "--html", "no/such/run.html")
    assert ran.code == 2
    assert ran.complains("no/such")
