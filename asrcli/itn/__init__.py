"""Inverse text normalisation: spoken numbers as they are written in Chinese. Text in, edits out."""

from asrcli.itn.edits import Edit, Style
from asrcli.itn.scan import rewrite, written
from asrcli.itn.user import NO_WISHES, Wishes, parse_wishes

__all__ = ["NO_WISHES", "Edit", "Style", "Wishes", "parse_wishes", "rewrite", "written"]
