"""Keep this, and never lose what was acknowledged: the database and the media folder of one shop."""

from aisle.store.graph import GraphEdit
from aisle.store.keys import SCOPES, Key
from aisle.store.models import CANDIDATE, LIVE, PROMOTE, ROLLBACK, Lineage, ModelEntry, Switch
from aisle.store.products import PutCount, Record, product_from_json, product_to_json
from aisle.store.quarantine import Rejected
from aisle.store.runs import Run
from aisle.store.store import Store, Writer
from aisle.store.tasks import Task

__all__ = [
    "CANDIDATE",
    "LIVE",
    "PROMOTE",
    "ROLLBACK",
    "SCOPES",
    "GraphEdit",
    "Key",
    "Lineage",
    "ModelEntry",
    "PutCount",
    "Record",
    "Rejected",
    "Run",
    "Store",
    "Switch",
    "Task",
    "Writer",
    "product_from_json",
    "product_to_json",
]
