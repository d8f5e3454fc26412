"""What people have changed, laid over a graph in the making."""

from __future__ import annotations

from collections.abc import Iterable

from aisle.store.graph import CONCEPT, NAME, GraphEdit
from aisle.types import SlotKind
from aisle.understanding.graph.concepts import Origin, Relation
from aisle.understanding.graph.draft import Draft


def lay_names(draft: Draft, edits: Iterable[GraphEdit]) -> None:
    """Names and concepts that were added or taken away: before the catalog is read, so that it is read by them."""
    for edit in edits:
        if edit.relation not in (NAME, CONCEPT):
            continue
        key = draft.resolve(SlotKind(edit.kind), edit.value)
        if not edit.removed:
            names = {edit.target_kind: (edit.target,)} if edit.relation == NAME else None
            draft.add(SlotKind(edit.kind), key.value if key else edit.value, Origin.PERSON, names)
        elif key is not None and edit.relation == NAME:
            draft.unname(key, edit.target)


def lay_edges(draft: Draft, edits: Iterable[GraphEdit]) -> None:
    """Edges that were added or taken away and concepts that were taken out: over everything else."""
    for edit in edits:
        if edit.relation == NAME:
            continue
        source = draft.resolve(SlotKind(edit.kind), edit.value)
        if edit.relation == CONCEPT:
            if edit.removed and source is not None:
                draft.remove(source)
            continue
        target = draft.resolve(SlotKind(edit.target_kind), edit.target)
        if source is None or target is None:
            continue
        draft.unlink(source, Relation(edit.relation), target)
        if not edit.removed:
            draft.link(source, Relation(edit.relation), target, Origin.PERSON, edit.weight)
