"""Random version graphs, states of a database on them, and words that may name something there."""

import rules


def random_ids(rnd, count):
    kind = rnd.choice(["short", "hex", "shared", "digits"])
    ids = set()
    while len(ids) < count:
        if kind == "short":
            ids.add(rnd.choice("abcdefg") + str(rnd.randrange(10)))
        elif kind == "hex":
            ids.add("%012x" % rnd.getrandbits(48))
        elif kind == "shared":
            ids.add("ae" + "".join(rnd.choice("01") for _ in range(rnd.choice([1, 3, 5]))) + "f")
        else:
            ids.add("%04d" % rnd.randrange(300))
    ids = list(ids)
    rnd.shuffle(ids)
    return ids


def random_graph(rnd):
    count = rnd.choice([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15])
    ids, revs = random_ids(rnd, count), []
    fork, merge, root, dep, label = (rnd.choice([0.0, 0.1, 0.3, 0.6]) for _ in range(5))
    names = ["la", "lb", "lc", "ld", "label.e", "lf_1"]
    for n, id in enumerate(ids):
        older = ids[:n]
        heads = [i for i in older if not any(i in r.parents for r in revs)]
        parents, deps, labels = [], [], []
        if older and rnd.random() >= root:
            pool = older if rnd.random() < fork else (heads or older)
            parents = [rnd.choice(pool)]
            while len(parents) < len(older) and rnd.random() < merge:
                other = rnd.choice(heads if rnd.random() < 0.7 and heads else older)
                if other not in parents:
                    parents.append(other)
        if names and rnd.random() < label:
            labels.append(names.pop(0))
        while older and rnd.random() < dep:
            deps.append(rnd.choice(older))
        deps = [d for d in dict.fromkeys(deps)]
        by_id = {r.id: r for r in revs}
        deps = [by_id[d].labels[0] if by_id[d].labels and rnd.random() < 0.5 else d for d in deps]
        revs.append(rules.Rev(id, parents, deps, labels))
    return rules.Graph(revs)


def random_state(rnd, graph):
    tops = rnd.sample(graph.ids, rnd.randrange(min(4, len(graph.ids)) + 1))
    return graph.rows(graph.down(tops))


def random_name(rnd, graph):
    labels = list(graph.by_label)
    kind = rnd.random()
    if labels and kind < 0.25:
        return rnd.choice(labels)
    id = rnd.choice(graph.ids)
    if kind < 0.35:
        return id[: rnd.randrange(1, len(id) + 1)]
    return id if kind < 0.99 else "nowhere"


ODD_WORDS = ["{}zzz", "{}+0", "+0", "-0", "", "@{}", "{}@", "current", "a b", "{}:", "head@{}",
             "current-1", "{}+1-1", "{}-1-", "{}@current", "{}@{}@{}", "head-1x", "-1x", "+1x",
             "{}-99999999999999999999999", "base-1", "{}@base-1"]


def random_word(rnd, graph):
    symbol = random_name(rnd, graph)
    if rnd.random() < 0.35:
        symbol = rnd.choice(["head", "heads", "base"])
    kind = rnd.random()
    count = rnd.choice(["+1", "-1", "+1", "-1", "+2", "-2", "+3", "-3"])
    if kind < 0.02:
        return rnd.choice(ODD_WORDS).replace("{}", symbol)
    if kind < 0.75:
        word = symbol
    else:
        word = count if kind < 0.85 else symbol + count
    if rnd.random() < 0.35:
        word = random_name(rnd, graph) + "@" + word
    return word


def aimed_word(rnd, graph, verb, rows):
    """A word that has a good chance of meaning work from these rows."""
    applied = graph.down(rows)
    if verb == "upgrade":
        pool, count = [i for i in graph.ids if i not in applied], rnd.choice(["+1", "+1", "+2"])
        symbols = ["heads", "head"]
    else:
        pool, count = sorted(applied), rnd.choice(["-1", "-1", "-2"])
        symbols = ["base"]
    branch = rnd.choice(list(graph.by_label) or graph.ids)
    names = rnd.sample(pool, min(2, len(pool))) + symbols
    return rnd.choice(names + names + [count, f"{branch}@{count}", f"{branch}@{rnd.choice(names)}",
                                       rnd.choice(graph.ids) + rnd.choice(["+1", "-1"])])
