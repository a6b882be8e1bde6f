"""What Alembic's autogenerate does: the database reflected and compared with its own metadata.

    python3 bench/peer_autogenerate.py URL TABLES

The metadata is the schema of scripts/bench.d/autogenerate.
"""
import re
import sys

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

sys.setrecursionlimit(100000)  # its order of tables is found by recursion
url = sys.argv[1].replace("postgresql://", "postgresql+psycopg2://")
url = re.sub("^(mysql|mariadb)://", "mysql+pymysql://", url)
metadata = sa.MetaData()
for i in range(1, int(sys.argv[2]) + 1):
    sa.Table(
        "t%04d" % i,
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("code", sa.String(40), unique=True),
        sa.Column("amount", sa.Numeric(12, 2), server_default="0"),
        sa.Column("day", sa.Date, index=True),
        sa.Column("note", sa.Text),
        sa.Column("flag", sa.Integer, nullable=False, server_default="1"),
        sa.Column("kind", sa.String(20)),
        sa.Column("size", sa.Integer),
        sa.Column("parent_id", sa.BigInteger, sa.ForeignKey("t%04d.id" % max(i - 1, 1)), index=True),
        sa.Index("ix_t%04d_kind_size" % i, "kind", "size"),
    )
with sa.create_engine(url).connect() as conn:
    found = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata)
print(len(found), "differences")
