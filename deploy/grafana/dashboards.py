#!/usr/bin/env python3
"""Writes the dashboards of dashboards/*.json; with --check, says whether they are what it would write.

A panel is one line here and forty in Grafana's JSON, so the JSON is made and never edited. It needs no
package. A dashboard changed in Grafana's own editor is brought back by changing the line here.
"""

import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent / "dashboards"
# What rates are taken of; the probes are no users.
USERS = 'job="$job", instance=~"$instance", route!~"/health|/ready|/metrics"'
ONE = 'job="$job", instance=~"$instance"'
# For what is the same on all replicas or is told by one of them only.
ALL = 'job="$job"'
RATE = "[$__rate_interval]"


def rate(metric, by, labels=ONE):
    return f"sum by ({by}) (rate({metric}{{{labels}}}{RATE}))"


def quantile(q, metric, by="", labels=ONE):
    groups = ", ".join(filter(None, ["le", by]))
    return f"histogram_quantile({q}, sum by ({groups}) (rate({metric}_bucket{{{labels}}}{RATE})))"


def quantiles(metric, labels=ONE):
    return [(quantile(q, metric, labels=labels), f"p{str(q)[2:].ljust(2, '0')}") for q in (0.5, 0.95, 0.99)]


def ratio(part, whole):
    """0 and not nothing when there was no failure, so that a quiet panel is no broken one."""
    return f"(sum({part}) or vector(0)) / sum({whole})"


def graph(title, unit, queries, about="", width=12, red_from=None, stacked=False):
    return ("timeseries", title, unit, queries, about, width, red_from, stacked)


def stat(title, unit, query, about="", width=4, red_from=None):
    return ("stat", title, unit, [(query, "")], about, width, red_from, False)


def row(title):
    return ("row", title, "", [], "", 24, None, False)


ERRORS = ratio(
    f'rate(alveole_http_requests_total{{status=~"5..", {USERS}}}{RATE})', f"rate(alveole_http_requests_total{{{USERS}}}{RATE})"
)
HITS = (
    f'sum by (cache) (rate(alveole_cache_requests_total{{outcome="hit", {ONE}}}{RATE})) '
    f"/ {rate('alveole_cache_requests_total', 'cache')}"
)

API = [
    stat("Requests/s", "reqps", f"sum(rate(alveole_http_requests_total{{{USERS}}}{RATE}))"),
    stat("Failing (5xx)", "percentunit", ERRORS, "The alert is at 5 %.", red_from=0.05),
    stat("p95", "s", quantile(0.95, "alveole_http_request_duration_seconds", labels=USERS), red_from=0.1),
    stat("In flight", "short", f"sum(alveole_http_requests_in_flight{{{ONE}}})"),
    stat("Limited (429)/s", "reqps", f"sum(rate(alveole_rate_limited_total{{{ONE}}}{RATE}))"),
    stat("Shed/s", "reqps", f"sum(rate(alveole_http_requests_shed_total{{{ONE}}}{RATE}))", red_from=0.01),
    row("Traffic"),
    graph("Requests/s by status", "reqps", [(rate("alveole_http_requests_total", "status", USERS), "{{status}}")], stacked=True),
    graph("Requests/s by route", "reqps", [
        (f"topk(10, {rate('alveole_http_requests_total', 'method, route', USERS)})", "{{method}} {{route}}")
    ], "The ten busiest."),
    graph("Failing by route", "reqps", [
        (f'topk(10, sum by (method, route) (rate(alveole_http_requests_total{{status=~"5..", {USERS}}}{RATE})))', "{{method}} {{route}}")
    ]),
    graph("In flight by replica", "short", [(f"alveole_http_requests_in_flight{{{ONE}}}", "{{instance}}")]),
    row("Time"),
    graph("Time of requests", "s", quantiles("alveole_http_request_duration_seconds", USERS),
          "From the head of a request to the head of its answer.", red_from=0.1),
    graph("p95 by route", "s", [
        (f"topk(10, {quantile(0.95, 'alveole_http_request_duration_seconds', 'method, route', USERS)})", "{{method}} {{route}}")
    ], "The ten slowest. Sign-ins hash passwords and are slow on purpose."),
    row("Limits and caches"),
    graph("Limited by policy", "reqps", [(rate("alveole_rate_limited_total", "policy"), "{{policy}}")]),
    graph("Ruled in process", "ops", [(rate("alveole_limiter_fallback_total", "instance"), "{{instance}}")],
          "Calls whose limit was counted by the replica alone because Redis was away."),
    graph("Cache hits", "percentunit", [(HITS, "{{cache}}")]),
    graph("Cache look-ups/s", "ops", [(rate("alveole_cache_requests_total", "cache, outcome"), "{{cache}} {{outcome}}")], stacked=True),
]

# Each replica counts once a minute, so all of them show the same numbers.
BUSINESS = [
    stat("Accounts", "short", f"max(alveole_users{{{ALL}}})", width=6),
    stat("Tasks", "short", f"sum(max by (status) (alveole_tasks{{{ALL}}}))", width=6),
    stat("Open sessions", "short", f"max(alveole_sessions_active{{{ALL}}})", width=6),
    stat("Live clients", "short", f"sum(alveole_event_stream_clients{{{ALL}}})", "Clients that follow the event stream.", width=6),
    row("Stock"),
    graph("Tasks by status", "short", [(f"max by (status) (alveole_tasks{{{ALL}}})", "{{status}}")], stacked=True),
    graph("Completed", "percentunit", [
        (f'max(alveole_tasks{{status="completed", {ALL}}}) / sum(max by (status) (alveole_tasks{{{ALL}}}))', "share of tasks")
    ]),
    graph("Accounts", "short", [(f"max(alveole_users{{{ALL}}})", "accounts")]),
    graph("Open sessions", "short", [(f"max(alveole_sessions_active{{{ALL}}})", "sessions")]),
    row("What people do"),
    graph("Tasks made", "ops", [
        (f'sum(rate(alveole_http_requests_total{{method="POST", route="/api/v1/tasks", status="201", {ALL}}}{RATE}))', "made")
    ]),
    graph("Accounts made", "ops", [
        (f'sum(rate(alveole_http_requests_total{{route="/api/v1/auth/register", status="201", {ALL}}}{RATE}))', "made")
    ]),
    graph("Sign-ins", "ops", [
        (f'sum by (status) (rate(alveole_http_requests_total{{route="/api/v1/auth/login", {ALL}}}{RATE}))', "{{status}}")
    ], "401 is a wrong password, 429 a limit.", stacked=True),
    graph("Live clients by replica", "short", [(f"alveole_event_stream_clients{{{ALL}}}", "{{instance}}")], stacked=True),
]

INFRASTRUCTURE = [
    stat("Replicas up", "short", f"sum(up{{{ALL}}})"),
    stat("Chores that fail, 1 h", "short",
         f'count(sum by (chore) (increase(alveole_chore_runs_total{{outcome="failed", {ALL}}}[1h])) > 0) or vector(0)', red_from=1),
    stat("Redis", "short", f"min(alveole_redis_up{{{ALL}}})", "1: every replica reaches it. Empty: not configured."),
    stat("Event lag", "s", f"max(alveole_consumer_lag_seconds{{{ALL}}})", "Of the consumer that is most behind.", red_from=30),
    stat("Dead letters", "short", f"sum(max by (consumer) (alveole_consumer_dead_letters{{{ALL}}}))", red_from=1),
    stat("Versions", "short", f"count(count by (version) (alveole_build_info{{{ALL}}}))", "2 during an upgrade.", red_from=3),
    row("Processes"),
    graph("Memory", "bytes", [(f"alveole_process_resident_memory_bytes{{{ONE}}}", "{{instance}}")]),
    graph("Memory of its limit", "percentunit", [
        (f"alveole_process_resident_memory_bytes{{{ONE}}} / (alveole_process_memory_limit_bytes{{{ONE}}} > 0)", "{{instance}}")
    ], "The alert is at 80 %.", red_from=0.8),
    graph("Processor", "short", [(rate("alveole_process_cpu_seconds_total", "instance"), "{{instance}}")], "In cores."),
    graph("Open file descriptors", "percentunit", [
        (f"alveole_process_open_fds{{{ONE}}} / alveole_process_max_fds{{{ONE}}}", "{{instance}}")
    ], red_from=0.8),
    graph("Threads", "short", [(f"alveole_process_threads{{{ONE}}}", "{{instance}}")]),
    graph("Age of the process", "s", [(f"time() - alveole_process_start_time_seconds{{{ONE}}}", "{{instance}} {{version}}")]),
    graph("Refused by /ready", "ops", [
        (f'sum by (instance) (rate(alveole_http_requests_total{{route="/ready", status="503", {ONE}}}{RATE}))', "{{instance}}")
    ], "A replica that drains or has lost its database.", width=24),
    graph("Free disk", "bytes", [(f"alveole_disk_free_bytes{{{ONE}}}", "{{instance}} {{folder}}")],
          "Of the folders that the server writes to."),
    graph("Dependencies", "short", [
        (f"min by (instance, dependency) (alveole_dependency_up{{{ONE}}})", "{{instance}} {{dependency}}")
    ], "1: it answers."),
    row("Database"),
    graph("Waiting units of work", "short", [
        (f"sum(alveole_db_writes_waiting{{{ONE}}})", "writes"),
        (f"sum(alveole_db_reads_waiting{{{ONE}}})", "reads"),
        (f"sum(alveole_db_slow_reads_waiting{{{ONE}}})", "searches and exports"),
    ], red_from=100),
    graph("p95 of the wait, by lane", "s", [(quantile(0.95, "alveole_db_unit_wait_seconds", "lane"), "{{lane}}")], red_from=0.1),
    graph("p95 of the run, by lane", "s", [(quantile(0.95, "alveole_db_unit_run_seconds", "lane"), "{{lane}}")],
          "Slow queries show here.", red_from=0.1),
    graph("Time of commits", "s", quantiles("alveole_db_commit_seconds"), red_from=0.1),
    graph("Units of work/s, by lane", "ops", [(rate("alveole_db_unit_run_seconds_count", "lane"), "{{lane}}")]),
    graph("Connections to PostgreSQL", "short", [
        (f"sum(alveole_db_connections{{{ONE}}})", "open"), (f"sum(alveole_db_connections_idle{{{ONE}}})", "of them unused"),
    ]),
    row("Redis"),
    graph("Redis reached", "short", [(f"alveole_redis_up{{{ONE}}}", "{{instance}}")], width=8),
    graph("p95 by command", "s", [(quantile(0.95, "alveole_redis_command_duration_seconds", "command"), "{{command}}")], width=8),
    graph("Failures/s by use", "ops", [(rate("alveole_redis_failures_total", "use"), "{{use}}")], width=8, red_from=0.1),
    row("Background work"),
    graph("Events waiting, by consumer", "short", [
        (f"max by (consumer) (alveole_consumer_events_waiting{{{ALL}}})", "{{consumer}}")
    ], width=8),
    graph("Age of the oldest event, by consumer", "s", [
        (f"max by (consumer) (alveole_consumer_lag_seconds{{{ALL}}})", "{{consumer}}")
    ], width=8, red_from=30),
    graph("Events that wait for a retry", "short", [
        (f"max by (consumer) (alveole_consumer_events_retrying{{{ALL}}})", "{{consumer}}")
    ], width=8),
    graph("Runs of chores/s", "ops", [(rate("alveole_chore_runs_total", "chore, outcome"), "{{chore}} {{outcome}}")], width=8),
    graph("Last run of each chore", "s", [(f"max by (chore) (alveole_chore_last_duration_seconds{{{ALL}}})", "{{chore}}")], width=8),
    graph("Since the last success", "s", [
        (f"time() - max by (chore) (alveole_chore_last_success_timestamp_seconds{{{ALL}}})", "{{chore}}")
    ], width=8, red_from=780),
    row("Jobs and providers"),
    graph("Jobs, by queue and state", "short", [
        (f"max by (queue, state) (alveole_jobs{{{ALL}}})", "{{queue}} {{state}}")
    ], width=6),
    graph("Age of the oldest due job", "s", [
        (f"max by (queue) (alveole_jobs_oldest_due_seconds{{{ALL}}})", "{{queue}}")
    ], width=6, red_from=300),
    graph("Runs of jobs/s", "ops", [(rate("alveole_job_runs_total", "kind, outcome"), "{{kind}} {{outcome}}")], width=6),
    graph("Calls of providers/s", "ops", [
        (rate("alveole_integration_calls_total", "what, provider, outcome"), "{{what}} {{provider}} {{outcome}}")
    ], width=6),
    row("Webhooks"),
    graph("Deliveries that ended/s", "ops", [(rate("alveole_webhook_deliveries_total", "outcome"), "{{outcome}}")], stacked=True, width=6),
    graph("Deliveries that wait", "short", [
        (f"max by (tries) (alveole_webhook_deliveries_waiting{{{ALL}}})", "{{tries}}")
    ], "To enabled endpoints: for their first request, or for another one.", width=6),
    graph("Age of the oldest", "s", [
        (f"max by (tries) (alveole_webhook_oldest_waiting_seconds{{{ALL}}})", "{{tries}}")
    ], "An endpoint that is down makes both old: the list of endpoints says which.", width=6),
    graph("Time of requests to endpoints", "s", quantiles("alveole_webhook_attempt_duration_seconds"), width=6),
    graph("Requests to endpoints/s", "ops", [(rate("alveole_webhook_attempts_total", "outcome"), "{{outcome}}")], stacked=True, width=6),
    graph("Endpoints", "short", [(f"max by (state) (alveole_webhook_endpoints{{{ALL}}})", "{{state}}")], width=6),
    graph("Received/s", "ops", [
        (rate("alveole_webhooks_received_total", "source, result"), "{{source}} {{result}}")
    ], stacked=True, width=6),
    graph("Received and not processed", "short", [
        (f"max by (state) (alveole_webhooks_inbox{{{ALL}}})", "{{state}}")
    ], "The alert is at 1 that failed.", width=6),
]

SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def panel(number, spec, x, y, height):
    kind, title, unit, queries, about, width, red_from, stacked = spec
    made = {"id": number, "type": kind, "title": title, "gridPos": {"h": height, "w": width, "x": x, "y": y}}
    if kind == "row":
        return made | {"collapsed": False, "panels": []}
    steps = [{"color": "green", "value": None}]
    if red_from is not None:
        steps.append({"color": "red", "value": red_from})
    defaults = {"unit": unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if unit == "percentunit":
        defaults["max"] = 1
    if kind == "timeseries":
        defaults["custom"] = {
            "fillOpacity": 20 if stacked else 0,
            "lineWidth": 1,
            "showPoints": "never",
            "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "dashed" if red_from is not None else "off"},
        }
        options = {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    else:
        options = {"colorMode": "value", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"]}}
    targets = [
        {"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expr, "legendFormat": legend or "__auto"}
        for i, (expr, legend) in enumerate(queries)
    ]
    if about:
        made["description"] = about
    return made | {
        "datasource": SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": targets,
    }


def dashboard(name, title, specs):
    panels, x, y, tall = [], 0, 0, 0
    for number, spec in enumerate(specs, start=1):
        kind, width = spec[0], spec[5]
        height = {"row": 1, "stat": 4, "timeseries": 8}[kind]
        if x + width > 24 or kind == "row":
            x, y, tall = 0, y + tall, 0
        panels.append(panel(number, spec, x, y, height))
        x, tall = x + width, max(tall, height)
    variable = {"type": "query", "datasource": SOURCE, "refresh": 2, "sort": 1}
    return {
        # Fixed, so that links and provisioning find the same dashboard again.
        "uid": f"alveole-{name}",
        "title": f"Alveole / {title}",
        "tags": ["alveole"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": "30s",
        "timezone": "utc",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [
            {"name": "datasource", "label": "Source", "type": "datasource", "query": "prometheus"},
            variable | {"name": "job", "label": "Installation", "query": "label_values(alveole_build_info{}, job)"},
            variable | {
                "name": "instance", "label": "Replica", "query": 'label_values(up{job="$job"}, instance)',
                "multi": True, "includeAll": True, "allValue": ".*",
                "current": {"text": "All", "value": "$__all"},
            },
        ]},
        "links": [{"type": "dashboards", "tags": ["alveole"], "title": "Alveole", "asDropdown": False,
                   "includeVars": True, "keepTime": True}],
        "panels": panels,
    }


def text(value):
    """Indented, with what is short on one line: readable in a diff without a line for each bracket."""
    def write(value, indent):
        flat = json.dumps(value, ensure_ascii=False)
        if not isinstance(value, (dict, list)) or len(flat) + indent <= 160:
            return flat
        pad = " " * (indent + 2)
        if isinstance(value, dict):
            lines = [f"{pad}{json.dumps(k)}: {write(v, indent + 2)}" for k, v in value.items()]
            return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
        lines = [pad + write(v, indent + 2) for v in value]
        return "[\n" + ",\n".join(lines) + "\n" + " " * indent + "]"
    return write(value, 0) + "\n"


def main():
    stale = []
    for name, title, specs in (
        ("api", "API", API), ("business", "Business", BUSINESS), ("infrastructure", "Infrastructure", INFRASTRUCTURE),
    ):
        path, wanted = FOLDER / f"{name}.json", text(dashboard(name, title, specs))
        if "--check" not in sys.argv[1:]:
            path.write_text(wanted)
        elif not path.exists() or path.read_text() != wanted:
            stale.append(path.name)
    if stale:
        sys.exit(f"{', '.join(stale)}: not what dashboards.py writes; run deploy/grafana/dashboards.py")


if __name__ == "__main__":
    main()
