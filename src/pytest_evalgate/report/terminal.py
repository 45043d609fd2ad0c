"""Reports for a terminal: the same evidence gives the same text, in ASCII, coloured or not."""

from pytest_evalgate.report.details import rule_details
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.summary import gate_section, header_line
from pytest_evalgate.report.words import MARKUP, Markup


__all__ = ["MARKUP", "Markup", "gate_section", "header_line", "headline", "rule_details"]
