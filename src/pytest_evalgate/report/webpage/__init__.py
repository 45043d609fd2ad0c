"""The report as one web page: self-contained, without scripts, readable on paper too."""

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.report.webpage.page import page


if TYPE_CHECKING:
    from jinja2 import Environment


def render(evidence: GateEvidence) -> str:
    """Return the page that tells all about one gate, as the text of an HTML file.

    Args:
        evidence: Of the gate; the same evidence gives the same page.
    """
    environment = _environment()
    # The policy allows this one style element, by its digest, and nothing else.
    style = environment.get_template("style.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    template = environment.get_template("page.html.j2")
    return template.render(page=page(evidence), style_digest=digest)


@cache
def _environment() -> "Environment":
    """Return the template engine; it escapes every text, and a name it does not know is an error.

    It is imported here because whoever asks for no page shall not wait for it.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader(__name__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
