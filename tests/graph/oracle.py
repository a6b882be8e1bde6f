"""Alembic's own classes asked the same questions. What it raises is given as its class."""
import warnings

from alembic.runtime import migration
from alembic.script import base, revision
from alembic.util import exc

warnings.simplefilter("ignore")


class Script(revision.Revision):
    doc = ""

    class module:
        upgrade = downgrade = None


class Context:
    """As much of a migration context as the upkeep of version rows needs: nothing is executed."""

    as_sql = True

    class impl:
        _exec = staticmethod(lambda statement: None)

    def __init__(self):
        from sqlalchemy import Column, MetaData, String, Table

        self._version = Table("v", MetaData(), Column("version_num", String))


class Failed(Exception):
    def __init__(self, error):
        super().__init__(str(error))
        known = (revision.RevisionError, exc.CommandError)
        self.crash = not isinstance(error, known)


class Alembic:
    context = Context()

    def __init__(self, revs):
        """`revs` in id order, so that ties fall as they do with us."""
        scripts = [
            Script(r.id, tuple(r.parents) or None, tuple(r.deps) or None, tuple(r.labels) or None)
            for r in revs
        ]
        self.map = revision.RevisionMap(lambda: iter(scripts))
        self.dir = base.ScriptDirectory.__new__(base.ScriptDirectory)
        self.dir.revision_map = self.map
        self.map.heads

    def _call(self, fn):
        try:
            return fn()
        except Exception as error:  # noqa: BLE001 - whatever it raises is an answer
            raise Failed(error) from error

    def _rows(self, rows, steps):
        keeper = migration.HeadMaintainer(self.context, rows)
        for step in steps:
            keeper.update_to_step(step)
        return sorted(keeper.heads)

    def upgrade(self, rows, text):
        steps = self._call(lambda: self.dir._upgrade_revs(text, tuple(rows)))
        return [s.revision.revision for s in steps], self._call(lambda: self._rows(rows, steps))

    def downgrade(self, rows, text):
        steps = self._call(lambda: self.dir._downgrade_revs(text, tuple(rows)))
        return [s.revision.revision for s in steps], self._call(lambda: self._rows(rows, steps))

    def stamp(self, rows, texts):
        steps = self._call(lambda: self.dir._stamp_revs(tuple(texts), tuple(rows)))
        return self._call(lambda: self._rows(rows, steps))

    def history(self, text):
        low, high = text.split(":")
        return self._call(
            lambda: [s.revision for s in self.dir.walk_revisions(low or "base", high or "heads")]
        )

    def labels(self, id):
        return sorted(self.map.get_revision(id).branch_labels)
