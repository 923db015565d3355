"""Reads of what courses consist of, as it was when they were published last; no content.

Whether a reader may see a block is for the caller to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modern.lms.catalog import data
from modern.lms.catalog.errors import StructureMissing
from modern.lms.catalog.models import Structure

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["discussions", "structure"]


def structure(course_key: str) -> data.Structure:
    """Return the tree of the course's blocks; raises StructureMissing."""
    tree = Structure.objects.filter(course_key=course_key).values_list("tree", flat=True).first()
    if not tree:
        raise StructureMissing
    blocks = {key: _block(key, fields) for key, fields in tree["blocks"].items()}
    return data.Structure(course_key=course_key, root=tree["root"], blocks=blocks)


def discussions(course_key: str) -> dict[str, str]:
    """Return the usage keys of the course's discussions by topic id; none where none are known."""
    found = Structure.objects.filter(course_key=course_key).values_list("discussions", flat=True)
    return dict(found.first() or {})


def _block(usage_key: str, fields: Mapping[str, Any]) -> data.Block:
    return data.Block(
        usage_key=usage_key,
        type=fields["block_type"],
        display_name=fields.get("display_name"),
        graded=bool(fields.get("graded")),
        format=fields.get("format"),
        children=tuple(fields.get("children", ())),
    )
