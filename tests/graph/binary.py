"""Random commands on random projects: the program itself beside the rules written a second time.

    binary.py CURLEW [--commands N] [--seed S] [-v]

Each project has a graph of near-empty revisions and a SQLite file. After every command the exit status,
the moves in their order, the version rows, `current` and `heads` must be what rules.py says."""
import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import rules
from randoms import aimed_word, random_graph, random_name, random_word

COMMANDS_PER_PROJECT = 14


def lua(value):
    return "nil" if not value else "{ " + ", ".join(f'"{v}"' for v in value) + " }"


class Project:
    def __init__(self, curlew, folder, graph):
        self.curlew, self.folder, self.graph = curlew, folder, graph
        versions = os.path.join(folder, "migrations", "versions")
        os.makedirs(versions)
        with open(os.path.join(folder, "curlew.lua"), "w") as file:
            file.write('return { url = "sqlite:///app.db" }\n')
        for rev in graph.revs.values():
            with open(os.path.join(versions, rev.id + ".lua"), "w") as file:
                file.write(f'-- {rev.id}\nreturn {{ revision = "{rev.id}", down_revision = {lua(rev.parents)}, '
                           f'depends_on = {lua(rev.deps)}, branch_labels = {lua(rev.labels)},\n'
                           "upgrade = function() end, downgrade = function() end }\n")

    def run(self, *words):
        done = subprocess.run([self.curlew, *words], cwd=self.folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def rows(self):
        path = os.path.join(self.folder, "app.db")
        if not os.path.exists(path):
            return []
        db = sqlite3.connect(path)
        try:
            return sorted(row[0] for row in db.execute("SELECT version_num FROM curlew_version"))
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()

    def listed(self, command):
        code, out, err = self.run(command, "--format", "json")
        return [item["revision"] for item in json.loads(out)[command]] if code == 0 else err


def random_command(rnd, graph, rows):
    verb = rnd.choice(["upgrade", "upgrade", "downgrade", "downgrade", "stamp"])
    if verb == "stamp":
        return verb, [rnd.choice([random_name(rnd, graph), random_word(rnd, graph) or "base"])
                      for _ in range(rnd.choice([1, 1, 2]))]
    word = aimed_word(rnd, graph, verb, rows) if rnd.random() < 0.7 else random_word(rnd, graph)
    return verb, [word]


def expected(model, rows, verb, words):
    """Exit status, moves (None: not told) and rows by the rules."""
    try:
        if verb == "stamp":
            return 0, None, model.stamp(rows, words)
        moves, after = getattr(model, verb)(rows, words[0])
        return 0, moves, after
    except rules.Refused as refusal:
        return refusal.exit, None, rows


def run_project(curlew, seed, count, verbose):
    """Returns (commands that did work, the first difference or None)."""
    rnd = random.Random(seed)
    graph = random_graph(rnd)
    model, rows, worked = rules.Rules(graph), [], 0
    folder = tempfile.mkdtemp(prefix="curlew-graph-")
    try:
        project = Project(curlew, folder, graph)
        heads = project.listed("heads")
        if heads != graph.heads:
            return worked, f"seed {seed}: heads are {heads}, not {graph.heads}"
        for _ in range(count):
            verb, words = random_command(rnd, graph, rows)
            code, moves, after = expected(model, rows, verb, words)
            got, out, err = project.run("--format", "json", verb, *words)
            what = f"seed {seed}: {verb} {words} from {rows}"
            if verbose:
                print(what, "->", code, moves, after)
            if got != code:
                return worked, f"{what}: exit {got}, not {code}\n{out}{err}"
            events = [json.loads(line) for line in out.splitlines()]
            made = [event["revision"]["revision"] if isinstance(event["revision"], dict) else event["revision"]
                    for event in events if event.get("event") == "migration_end"]
            if moves is not None and made != moves:
                return worked, f"{what}: moves {made}, not {moves}"
            now = project.rows()
            if now != after:
                return worked, f"{what}: rows {now}, not {after}"
            worked += now != rows
            rows = after
            tips = graph.tips(graph.down(rows))
            current = project.listed("current")
            if current != tips:
                return worked, f"{what}: current shows {current}, not {tips}"
        return worked, None
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("curlew")
    parser.add_argument("--commands", type=int, default=1400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-v", action="store_true")
    options = parser.parse_args()
    projects = max(1, options.commands // COMMANDS_PER_PROJECT)
    curlew = os.path.abspath(options.curlew)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda n: run_project(curlew, options.seed * 1000003 + n, COMMANDS_PER_PROJECT,
                                                      options.v), range(projects)))
    worked = sum(count for count, _ in results)
    failures = [text for _, text in results if text]
    for text in failures[:5]:
        print(text)
    print(f"{projects * COMMANDS_PER_PROJECT} commands on {projects} projects, {worked} changed the rows, "
          f"{len(failures)} projects differ")
    if worked < projects:
        print("too few commands did anything: the comparison is worth nothing")
    sys.exit(1 if failures or worked < projects else 0)


main()
