#!/usr/bin/env python3
"""Holds alerts and dashboards to the metrics that exist (crates/app/src/telemetry/metrics.txt).

    queries.py FOLDER         every metric and label used is listed; each alert has a test and a page for the
                              operator; writes the dashboards' queries to FOLDER/dashboards.yml, as rules
                              that promtool can check
    queries.py --live URL     a running server serves what is listed (URL, or a file with what /metrics said);
                              `where` series that need PostgreSQL, Redis or a run of a chore may be missing

Needs PyYAML for the first only.
"""

import json
import pathlib
import re
import sys
import urllib.request

DEPLOY = pathlib.Path(__file__).parent.parent
# The list that the program describes its metrics by.
METRICS = DEPLOY.parent / "crates" / "app" / "src" / "telemetry" / "metrics.txt"
# What Prometheus itself adds.
OWN_METRICS = {"up": {"job", "instance"}}
OWN_LABELS = {"job", "instance"}
WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "offset", "bool"}


def listed():
    metrics = {}
    for line in METRICS.read_text().splitlines():
        if line and not line.startswith("#"):
            name, kind, labels, where, _ = (part.strip() for part in line.split("|"))
            metrics[name] = (kind, set() if labels == "-" else set(labels.split(",")), where)
    return metrics


def known(metrics):
    """Every name that may stand in a query, with its labels."""
    names = dict(OWN_METRICS)
    for name, (kind, labels, _) in metrics.items():
        if kind == "histogram":
            names |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            names[name] = labels
    return {name: labels | OWN_LABELS for name, labels in names.items()}


def used(query):
    """The metrics of a query with the labels they are matched by, and the labels it groups by."""
    matchers = {}
    for name, inside in re.findall(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}", query):
        matchers.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', inside)))
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", query)
    groups = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", bare)
    bare = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)", " ", bare)
    names = {word for word in re.findall(r"(?<![\w.$])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])", bare)} - WORDS
    names = {name for name in names if not re.fullmatch(r"\d+[smhdwy]", name)}
    return {name: matchers.get(name, set()) for name in names}, {
        label.strip() for group in groups for label in group.split(",") if label.strip()
    }


def faults_of(query, names):
    metrics, groups = used(query)
    if not metrics:
        yield "uses no metric"
    for name, labels in metrics.items():
        if name not in names:
            yield f"{name} is no metric of metrics.txt"
        elif labels - names[name]:
            yield f"{name} has no label {', '.join(sorted(labels - names[name]))}"
    grouped = set().union(*(names.get(name, set()) for name in metrics))
    if groups - grouped:
        yield f"groups by {', '.join(sorted(groups - grouped))}, which none of its metrics has"


def panels(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def check(folder):
    import yaml

    names, faults = known(listed()), []
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    tests = (DEPLOY / "prometheus" / "alerts_test.yml").read_text()
    page = (DEPLOY / "OPERATIONS.md").read_text()
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^#+ (.+)$", page)}
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    for rule in rules:
        alert = rule["alert"]
        faults += [f"{alert}: {fault}" for fault in faults_of(rule["expr"], names)]
        if f'alertname="{alert}"' not in tests:
            faults.append(f"{alert}: has no case in alerts_test.yml")
        if alert not in page:
            faults.append(f"{alert}: is not in OPERATIONS.md")
        runbook = rule["annotations"]["runbook"]
        if runbook.removeprefix("deploy/OPERATIONS.md#") not in anchors:
            faults.append(f"{alert}: {runbook} leads nowhere")

    queries, uids = [], set()
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        dashboard = json.loads(path.read_text())
        uids.add(dashboard["uid"])
        ids = [panel["id"] for panel in panels(dashboard)]
        if len(ids) != len(set(ids)):
            faults.append(f"{path.name}: two panels with one id")
        for panel in panels(dashboard):
            for target in panel.get("targets", []):
                query = target["expr"].replace("$__rate_interval", "5m")
                faults += [f"{path.name}: {panel['title']}: {fault}" for fault in faults_of(query, names)]
                if target["datasource"]["uid"] != "${datasource}":
                    faults.append(f"{path.name}: {panel['title']}: names a data source of its own")
                queries.append({"record": f"panel:{path.stem}:{panel['id']}_{target['refId']}", "expr": query})
    if len(uids) != 3:
        faults.append(f"expected three dashboards, each with a uid of its own, not {uids}")
    rules_file = {"groups": [{"name": "dashboards", "rules": queries}]}
    (pathlib.Path(folder) / "dashboards.yml").write_text(yaml.safe_dump(rules_file))
    if faults:
        sys.exit("\n".join(faults))
    print(f"queries: {len(rules)} alerts and {len(queries)} queries of dashboards use {len(names)} known names")


def live(source):
    if source.startswith("http"):
        with urllib.request.urlopen(source, timeout=5) as response:
            text = response.read().decode()
    else:
        text = pathlib.Path(source).read_text()
    kinds = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text))
    seen = {}
    for name, labels in re.findall(r"(?m)^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$", text):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        name = base if kinds.get(base) == "histogram" else name
        # Quoted values go first, so that what looks like a label within them is none.
        found = set(re.findall(r"(\w+)=", re.sub(r'"(?:[^"\\]|\\.)*"', '""', labels)))
        seen.setdefault(name, set()).update(found - {"le"})
    faults, missing = [], []
    for name, (kind, labels, where) in listed().items():
        if name not in seen:
            (faults if where == "always" else missing).append(f"{name} is not served ({where})")
        elif kinds.get(name) != kind:
            faults.append(f"{name} is served as {kinds.get(name)} and listed as {kind}")
        elif seen[name] != labels:
            faults.append(f"{name} has the labels {sorted(seen[name])} and not {sorted(labels)}")
    for name in sorted(seen.keys() - listed().keys()):
        missing.append(f"{name} is served and not listed")
    for line in missing:
        print("note:", line)
    if faults:
        sys.exit("\n".join(faults))
    print(f"queries: the server serves what is listed ({len(seen)} metrics)")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--live":
        live(sys.argv[2])
    elif len(sys.argv) == 2:
        check(sys.argv[1])
    else:
        sys.exit(__doc__)
