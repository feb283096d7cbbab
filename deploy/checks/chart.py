#!/usr/bin/env python3
"""Lints the chart, renders it with several values into the folder named as argument (kubernetes-validate
looks at what comes out), and checks that wrong values are refused. Needs helm-python-sdk: Helm's own Go code
as a library, not the `helm` command.
"""

import pathlib
import re
import sys

import helm_python as helm
import yaml

CHART = pathlib.Path(__file__).parent.parent / "helm" / "alveole"
CASES = {
    "default": {},
    "everything": {
        "ingress": {"enabled": True}, "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "networkPolicy": {"enabled": True}, "podAnnotations": {"a": "b"}, "nodeSelector": {"disk": "ssd"},
        "imagePullSecrets": [{"name": "registry"}], "tolerations": [{"operator": "Exists"}],
        "extraEnv": [{"name": "ALVEOLE_ADMIN_EMAIL", "value": "admin@example.com"}],
        "settings": {"server": {"max_body_bytes": 1048576}, "telemetry": {"sample_ratio": 0.25},
                     "storage": {"s3_bucket": "things", "s3_access_key_id": "me"}},
        "s3SecretKey": "s3_secret_access_key", "encryptionKeyKey": "encryption_key",
    },
    "small": {
        "redis": False, "replicaCount": 1, "autoscaling": {"enabled": False}, "migrate": {"enabled": False},
        "podDisruptionBudget": {"enabled": False},
    },
}
WRONG = [
    {"replicas": 3},
    {"image": {"tag": "latest"}},
    {"settings": {"auth": {"jwt_secret": "in the open"}}},
    {"settings": {"database": {"url": "postgres://in:the@open/x"}}},
    {"settings": {"server": {"drain_seconds": "thirty"}}},
    {"settings": {"storage": {"s3_secret_access_key": "in the open"}}},
    {"existingSecret": ""},
]


def fail(text):
    sys.exit(f"chart: {text}")


def environment(documents, kind):
    for document in documents:
        if document["kind"] == kind:
            container = document["spec"]["template"]["spec"]["containers"][0]
            return {entry["name"]: entry.get("value") for entry in container["env"]}
    return {}


def main():
    folder = pathlib.Path(sys.argv[1])
    found = helm.lint(str(CHART))
    # 1 is information, 2 a warning, 3 an error.
    if found["errors"] or any(message["severity"] > 1 for message in found["messages"]):
        fail(f"lint: {found}")
    print("chart: lint finds nothing wrong")

    chart = helm.Chart.load(str(CHART))
    for case, values in CASES.items():
        chart.validate_schema(values)
        rendered = chart.render(values, name="prod", namespace="alveole")
        notes = [text for name, text in rendered.items() if name.endswith("NOTES.txt")]
        texts = [text for name, text in sorted(rendered.items()) if name.endswith(".yaml") and text.strip()]
        documents = [document for text in texts for document in yaml.safe_load_all(text) if document]
        if not notes or re.search(r"<no value>|%!", notes[0] + "".join(texts)):
            fail(f"{case}: a template left something out")
        # A ServiceMonitor is no kind of Kubernetes itself, so it has no schema here.
        (folder / f"{case}.yaml").write_text(
            yaml.safe_dump_all([d for d in documents if d["kind"] != "ServiceMonitor"]))
        print(f"chart: {case}: {', '.join(sorted(d['kind'] for d in documents))}")
        env = environment(documents, "Deployment")
        if env.get("ALVEOLE__DATABASE__MAX_CONNECTIONS") != "16":
            fail(f"{case}: a number is not what it was: {env}")
        if ("REDIS_URL_FILE" in env) != values.get("redis", True):
            fail(f"{case}: Redis")
        if case == "everything":
            wanted = {"ALVEOLE__SERVER__MAX_BODY_BYTES": "1048576", "ALVEOLE__TELEMETRY__SAMPLE_RATIO": "0.25",
                      "ALVEOLE__SERVER__TRUSTED_PROXIES": "10.0.0.0/8", "ALVEOLE_ADMIN_EMAIL": "admin@example.com",
                      "ALVEOLE__STORAGE__S3_BUCKET": "things",
                      "ALVEOLE__AUTH__ENCRYPTION_KEY_FILE": "/run/secrets/alveole/encryption_key",
                      "ALVEOLE__STORAGE__S3_SECRET_ACCESS_KEY_FILE": "/run/secrets/alveole/s3_secret_access_key"}
            if not wanted.items() <= env.items() or env != environment(documents, "Job"):
                fail(f"{case}: {env}")

    for values in WRONG:
        try:
            chart.validate_schema(values)
        except helm.HelmError:
            continue
        fail(f"the schema lets {values} pass")
    print(f"chart: {len(WRONG)} wrong values are refused")


if __name__ == "__main__":
    main()
