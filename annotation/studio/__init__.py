"""Label Studio behind Chorale: forms from schemes, answers from results, and a thin client."""

from annotation.studio.forms import form_xml
from annotation.studio.layers import Layer, Options
from annotation.studio.objects import item_data
from annotation.studio.results import Answer, Parsed, parse_result
from annotation.studio.shown import Shown
from annotation.studio.written import write_result

__all__ = ["Answer", "Layer", "Options", "Parsed", "Shown", "form_xml", "item_data", "parse_result", "write_result"]
