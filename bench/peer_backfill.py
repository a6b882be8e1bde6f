"""Task B as tutorials teach it: rows read with SQLAlchemy, one UPDATE for each, one transaction.

    python3 bench/peer_backfill.py URL
"""
import re
import sys

import sqlalchemy as sa


def slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower())


url = sys.argv[1].replace("postgresql://", "postgresql+psycopg2://")
url = re.sub("^(mysql|mariadb)://", "mysql+pymysql://", url)
people = sa.table("people", sa.column("id"), sa.column("title"), sa.column("slug"))
with sa.create_engine(url).begin() as conn:
    for id_, title in conn.execute(sa.select(people.c.id, people.c.title)).fetchall():
        conn.execute(people.update().where(people.c.id == id_).values(slug=slug(title)))
