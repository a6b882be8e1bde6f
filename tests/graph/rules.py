"""The rules of the version graph, written a second time and as plainly as possible: sets and
recursion, no thought for speed. differential.py holds the program to this and to Alembic."""
import re

SYMBOLS = ("head", "heads", "base", "current")
ID = r"[A-Za-z0-9_.]+"
LABEL = r"[A-Za-z0-9_.-]+"


class Refused(Exception):
    """A refusal; `exit` is 2 for words that can't be identifiers of the command, else 3."""

    def __init__(self, why, exit=3):
        super().__init__(why)
        self.exit = exit


class Rev:
    def __init__(self, id, parents=(), deps=(), labels=()):
        self.id, self.labels = id, tuple(labels)
        self.parents, self.deps = tuple(parents), tuple(deps)  # deps as written


class Graph:
    def __init__(self, revs):
        self.revs = {r.id: r for r in revs}
        self.ids = sorted(self.revs)
        self.by_label = {label: r.id for r in revs for label in r.labels}
        self.parents = {r.id: list(dict.fromkeys(r.parents)) for r in revs}
        self.deps = {r.id: list(dict.fromkeys(self.by_label.get(d, d) for d in r.deps))
                     for r in revs}
        self.children = {i: [j for j in self.ids if i in self.parents[j]] for i in self.ids}
        self.dependents = {i: [j for j in self.ids if i in self.deps[j]] for i in self.ids}

    def below(self, i, deps):
        return self.parents[i] + (self.deps[i] if deps else [])

    def above(self, i, deps):
        return self.children[i] + (self.dependents[i] if deps else [])

    def _reach(self, start, step, deps):
        todo, seen = list(start), set()
        while todo:
            i = todo.pop()
            if i not in seen:
                seen.add(i)
                todo += step(i, deps)
        return seen

    def down(self, start, deps=True):
        return self._reach(start, self.below, deps)

    def up(self, start, deps=True):
        return self._reach(start, self.above, deps)

    def lineage(self, i):
        return self.down([i], False) | self.up([i], False)

    @property
    def heads(self):
        return [i for i in self.ids if not self.children[i]]

    @property
    def real_heads(self):
        return [i for i in self.ids if not self.above(i, True)]

    @property
    def bases(self):
        return [i for i in self.ids if not self.parents[i]]

    def rows(self, applied):
        return sorted(i for i in applied if not any(j in applied for j in self.above(i, True)))

    def tips(self, applied):
        return sorted(i for i in applied if not any(j in applied for j in self.children[i]))

    def minimal(self, ids):
        return [i for i in ids if not any(j != i and i in self.down([j]) for j in ids)]

    def order(self, within):
        out = []

        def visit(i):
            if i not in out:
                for j in self.parents[i] + self.deps[i]:
                    visit(j)
                if i not in out:
                    out.append(i)

        for i in self.tips(within):
            visit(i)
        return out


class Word:
    """[branch@][symbol][count]"""

    def __init__(self, graph, text):
        self.text, self.branch, self.symbol, self.count = text, None, None, None
        if "@" not in text and text in graph.by_label:
            self.symbol = text
            return
        m = re.fullmatch(rf"({LABEL})@({ID})?([+-][0-9]+)?", text)
        if m:
            self.branch, self.symbol, count = m.groups()
            if self.branch in SYMBOLS or self.symbol == "current":
                raise Refused("branch", 2)
        else:
            m = re.fullmatch(rf"((?!-){LABEL}?)?([+-][0-9]+)?", text)
            if not m:
                raise Refused("garbage", 2)
            self.symbol, count = m.groups()
            m = re.fullmatch(rf"((?!-){LABEL})([+-][0-9]+)", text)  # the longest symbol wins
            if m:
                self.symbol, count = m.groups()
            known = set(SYMBOLS) | set(graph.by_label) | set(graph.revs)
            symbol = self.symbol or ""
            if symbol not in graph.by_label and any(
                symbol[: dash.start()] in known for dash in re.finditer(r"-(?=[0-9])", symbol)
            ):
                raise Refused("garbage after a count", 2)
        self.symbol = self.symbol or None
        if count:
            self.count = int(count)
            if self.count == 0:
                raise Refused("zero", 2)
        if self.symbol is None and count is None:
            raise Refused("empty", 2)

    @property
    def relative(self):
        return self.count is not None


class Rules:
    """What each command does. `rows` are the version rows, of known ids only."""

    def __init__(self, graph):
        self.g = graph

    # -- identifiers --

    def name(self, name, lineage=None, labels=True):
        g = self.g
        if name in g.revs:
            found = name
        elif labels and name in g.by_label:
            found = g.by_label[name]
        else:
            some = [i for i in g.ids if len(i) > 3 and i.startswith(name)]
            if lineage is not None:
                some = [i for i in some if i in lineage]
            if len(some) != 1:
                raise Refused("unknown or ambiguous")
            found = some[0]
        if lineage is not None and found not in lineage:
            raise Refused("wrong branch")
        return found

    def branch(self, word):
        """The branch's revision and its lineage."""
        if word.branch is None:
            return None, None
        rev = self.name(word.branch)
        return rev, self.g.lineage(rev)

    def symbol(self, word, lineage, rows):
        g, s = self.g, word.symbol
        mine = (lambda ids: [i for i in ids if lineage is None or i in lineage])
        if s == "head":
            heads = mine(g.heads)
            if len(heads) > 1:
                raise Refused("several heads")
            return heads
        if s == "heads":
            return g.real_heads if lineage is None else mine(g.heads)
        if s == "base":
            return []
        if s == "current":
            return g.rows(g.down(rows))
        return [self.name(s, lineage, labels=lineage is None)]

    def one(self, ids):
        ids = self.g.minimal(ids)
        if len(ids) > 1:
            raise Refused("several")
        return ids[0] if ids else None

    def walk(self, start, count, lineage):
        g, at = self.g, start
        for _ in range(min(abs(count), 1000)):
            if count > 0:
                ways = g.bases if at is None else g.children[at]
                ways = [i for i in ways if lineage is None or i in lineage]
            else:
                if at is None:
                    raise Refused("overwalk")
                ways = g.parents[at] or [None]
            if len(ways) != 1:
                raise Refused("fork or overwalk")
            at = ways[0]
        return at

    def start(self, word, lineage, rows):
        g = self.g
        applied = g.down(rows)
        starts = g.rows(applied)
        if lineage is not None:
            starts = [i for i in starts if i in lineage]
            if not starts and word.count > 0:
                starts = g.rows(applied & lineage)
            elif not starts:
                starts = [i for i in g.tips(applied) if i in lineage]
        if len(starts) > 1:
            raise Refused("several version rows")
        if not starts and word.count < 0:
            raise Refused("nothing applied")
        return starts[0] if starts else None

    def places(self, word, rows):
        rev, lineage = self.branch(word)
        if not word.relative:
            return self.symbol(word, lineage, rows)
        if word.symbol is None:
            start = self.start(word, lineage, rows)
        else:
            start = self.one(self.symbol(word, lineage, rows))
        at = self.walk(start, word.count, lineage)
        return [] if at is None else [at]

    # -- commands: each gives (steps in order, rows afterwards) --

    def upgrade(self, rows, text):
        g, word = self.g, Word(self.g, text)
        if word.symbol == "current" or (word.symbol is None and word.count < 0):
            raise Refused("form", 2)
        targets = self.places(word, rows)
        applied = g.down(rows)
        after = applied | g.down(targets)
        return [i for i in g.order(after) if i not in applied], g.rows(after)

    def downgrade(self, rows, text):
        g, word = self.g, Word(self.g, text)
        if word.symbol == "current" or (word.symbol is None and word.count > 0):
            raise Refused("form", 2)
        rev, lineage = self.branch(word)
        applied = g.down(rows)
        if word.symbol is None:
            start = self.start(word, lineage, rows)
            self.walk(start, word.count, lineage)
            line = [start]
            for _ in range(-word.count - 1):
                line += g.parents[line[-1]]
            roots = [line[-1]]
        else:
            target = self.one(self.places(word, rows))
            if target is not None and target not in applied:
                raise Refused("not applied")
            above = g.bases if target is None else g.children[target]
            if rev is None:
                roots = above
            elif target is not None and target not in lineage:
                raise Refused("wrong branch")
            elif target is not None and rev in g.down([target], False):
                roots = [i for i in above if i in applied]
                if len(roots) > 1:
                    raise Refused("the label carries several")
            else:
                roots = [i for i in above if i in g.down([rev], False)]
        steps = g.up(roots) & applied
        return [i for i in reversed(g.order(applied)) if i in steps], g.rows(applied - steps)

    def stamp(self, rows, texts):
        g, targets, bases, named, related = self.g, [], [], False, set()
        words = [Word(g, text) for text in texts]
        if any(word.symbol == "current" or word.relative for word in words):
            raise Refused("form", 2)
        for word in words:
            rev, lineage = self.branch(word)
            if word.symbol == "base":
                bases.append(rev)
            else:
                named = True
                for i in g.minimal(self.symbol(word, lineage, rows)):
                    if i not in targets:
                        targets.append(i)
        if len(set(bases)) > 1 or (bases and named):
            raise Refused("base stands alone")
        if len(g.minimal(targets)) != len(targets):
            raise Refused("overlap")
        if bases and bases[0] is None:
            return []
        for i in targets + bases:
            related |= g.down([i]) | g.up([i])
        return sorted(set(targets) | {i for i in rows if i not in related})

    def history(self, rows, text):
        g = self.g
        if text.count(":") != 1:
            raise Refused("no range", 2)
        low, high = text.split(":")
        low, high = Word(g, low or "base"), Word(g, high or "heads")
        if high.symbol is None or (low.symbol is None and low.count > 0):
            raise Refused("end", 2)
        rev, lineage = self.branch(low)
        tops = self.places(high, rows)
        if rev is not None and high.text == "heads":
            tops = [i for i in g.heads if i in lineage]
        if low.symbol is None:
            start = self.one([i for i in tops if lineage is None or i in lineage])
            at = self.walk(start, low.count, lineage)
            bottoms = [] if at is None else [at]
        else:
            bottoms = self.places(low, rows)
        reach = g.down(tops)
        if any(i not in reach for i in bottoms):
            raise Refused("not at or below")
        shown = reach & g.up(bottoms, False) if bottoms else reach
        return [i for i in reversed(g.order(set(g.ids))) if i in shown]

    def offline(self, verb, text):
        """--sql: the rows come from the words. Gives rows, steps and rows afterwards."""
        if ":" not in text:
            if verb == "downgrade":
                raise Refused("needs both ends", 2)
            return ([], *self.upgrade([], text))
        low, *high = text.split(":")
        if len(high) > 1 or (verb == "downgrade" and not (low and high[0])):
            raise Refused("range", 2)
        high = high[0] or "head"
        target, low = Word(self.g, high), Word(self.g, low or "base")
        if low.symbol in (None, "current") or target.symbol == "current":
            raise Refused("form", 2)
        if target.symbol is None and (target.count > 0) != (verb == "upgrade"):
            raise Refused("direction", 2)
        at = self.one(self.places(low, []))
        rows = [] if at is None else [at]
        return (rows, *getattr(self, verb)(rows, high))

    def resolve(self, rows, text):
        return sorted(self.places(Word(self.g, text), rows))

    def labels(self, id):
        """Labels of a revision, inherited ones included."""
        g, out = self.g, set()
        for label, rev in g.by_label.items():
            carriers = g.up([rev], False)
            at = rev
            while len(g.parents[at]) < 2 and len(set(g.above(at, True))) < 2:
                carriers.add(at)
                if not g.parents[at]:
                    break
                at = g.parents[at][0]
            if id in carriers:
                out.add(label)
        return sorted(out)
