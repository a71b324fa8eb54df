# SPDX-License-Identifier: GPL-2.0-only
"""usage: openmetrics.py SOURCE-DIRECTORY

The golden pages for monitoring are OpenMetrics, as a parser of others reads it; and the examples for
Prometheus and Grafana name only what is on such a page, with the labels and values that it has.
"""
import json
import pathlib
import re
import sys

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    print("SKIP: python3-prometheus-client is not installed")
    sys.exit(77)

NAME = re.compile(r"\bordain_[a-z_]+")
MATCHER = re.compile(r'\b(\w+)=~?"([^"$]*)"')


def read_pages(source):
    """Samples by name: the values that each label has."""
    samples = {}
    pages = sorted(source.glob("tests/golden/*/status.prom"))
    assert pages
    for page in pages:
        for family in text_string_to_metric_families(page.read_text(encoding="utf-8")):
            assert family.documentation, f"{page}: {family.name} has no help"
            samples.setdefault(family.name + "_total" * (family.type == "counter"), {})
            for sample in family.samples:
                labels = samples.setdefault(sample.name, {})
                for label, value in sample.labels.items():
                    labels.setdefault(label, set()).add(value)
    return samples


def expressions(value):
    """Whatever is asked of Prometheus, anywhere in a dashboard or in rules."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("expr", "query") and isinstance(item, str):
                yield item
            yield from expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item)


def check_expression(where, expression, samples):
    names = set(NAME.findall(expression))
    for name in names:
        assert name in samples, f"{where}: nothing is called {name}"
    for label, values in MATCHER.findall(expression):
        known = set().union(*(samples[name].get(label, set()) for name in names))
        for value in filter(None, values.split("|")):
            assert value in known or label == "job", f"{where}: no {label} is '{value}'"
    return names


def main(source):
    source = pathlib.Path(source)
    samples = read_pages(source)
    dashboard = source / "packaging/prometheus/ordain.dashboard.json"
    panels = json.loads(dashboard.read_text(encoding="utf-8"))
    asked = list(expressions(panels))
    rules = source / "packaging/prometheus/ordain.rules.yaml"
    # Without a YAML parser: the whole text is as good, but for what is in its comments.
    asked_rules = re.sub(r"^ *#.*", "", rules.read_text(encoding="utf-8"), flags=re.MULTILINE)

    named = set()
    for expression in asked:
        named |= check_expression(dashboard, expression, samples)
    named |= check_expression(rules, re.sub(r"'.*?'", "", asked_rules), samples)
    assert len(asked) > 10 and len(named) > 10, "the examples ask for next to nothing"
    numbers = [panel["id"] for panel in panels["panels"]]
    assert len(numbers) == len(set(numbers)), "two panels with one id"
    assert any(item["type"] == "datasource" for item in panels["templating"]["list"])
    print(f"{len(samples)} kinds of samples; {len(named)} of them are in the examples")


main(*sys.argv[1:])
