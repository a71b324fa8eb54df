# SPDX-License-Identifier: GPL-2.0-only
"""usage: json_schema.py SOURCE-DIRECTORY SCHEMA

The JSON Schema takes every example and every golden policy that is well-formed, and refuses what
ordain refuses for its keys and types.
"""
import copy
import json
import pathlib
import re
import sys

from policy_yaml import load, skip, yaml

try:
    from jsonschema import Draft202012Validator
except ImportError:
    skip("python3-jsonschema (4.0 or later) is not installed")

# What a schema can see: each is an error in one file alone, about its keys and their values; a
# warning where the file is one of hints.
REFUSED = {"unknown-key", "wrong-type", "not-supported-yet", "format-version"}
# What makes a file no good, though not each case of it can be said in a schema.
BROKEN = REFUSED | {"missing-key", "bad-value", "duplicate-key", "yaml-syntax", "yaml-unsupported",
                    "too-large"}
PLACE = re.compile(r"^(/\S+\.yaml)(?::\d+:\d+)?: (?:error|warning)\[([a-z-]+)\]", re.MULTILINE)
TIERS = {"etc": "/etc/ordain", "run": "/run/ordain", "hints": "/usr/lib/ordain"}

failures = 0
counts = {"taken": 0, "refused": 0}


def expect(validator, path, value, taken, what=""):
    global failures
    error = next(iter(validator.iter_errors(value)), None)
    counts["taken" if taken else "refused"] += 1
    if (error is None) == taken:
        return
    failures += 1
    print(f"{path}: {what or 'as it is'}: {error.message if error else 'taken'}", file=sys.stderr)


def mutations(policy):
    """Each with one thing wrong that no policy may have."""
    def changed(change):
        value = copy.deepcopy(policy)
        change(value)
        return value

    yield "another format", changed(lambda value: value.update(ordain=2))
    yield "an unknown key", changed(lambda value: value.update(colour="red"))
    for name, program in policy.get("programs", {}).items():
        yield f"an unknown key in {name}", changed(
            lambda value: value["programs"][name].update(prority=1))
        for key in program:
            yield f"a map for {key} in {name}", changed(
                lambda value: value["programs"][name].update({key: {"a map": {"of": "maps"}}}))
    for at, chain in enumerate(policy.get("chains", [])):
        yield f"an unknown key in chains[{at}]", changed(
            lambda value: value["chains"][at].update(orders=[]))
        for key in chain:
            yield f"a number for {key} in chains[{at}]", changed(
                lambda value: value["chains"][at].update({key: 7}))


def check_case(validator, case):
    diagnostics = case / "diagnostics.txt"
    codes = {}
    for path, code in PLACE.findall(diagnostics.read_text() if diagnostics.exists() else ""):
        codes.setdefault(path, set()).add(code)
    for tier, directory in TIERS.items():
        for path in sorted((case / tier).glob("*.yaml")):
            found = codes.get(f"{directory}/{path.name}", set())
            try:
                value = load(path)
            except (yaml.YAMLError, UnicodeDecodeError):
                continue
            if found & REFUSED:
                expect(validator, path, value, False)
            elif not found & BROKEN and value is not None:
                expect(validator, path, value, True)


def main(source, schema):
    schema = json.loads(pathlib.Path(schema).read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for path in sorted(pathlib.Path(source, "examples/etc").rglob("*.yaml")):
        if path.is_symlink():
            continue
        policy = load(path)
        expect(validator, path, policy, True)
        for what, value in mutations(policy):
            expect(validator, path, value, False, what)
    for case in sorted(pathlib.Path(source, "tests/golden").iterdir()):
        if case.is_dir():
            check_case(validator, case)
    print(f"{counts['taken']} to be taken, {counts['refused']} to be refused; {failures} failed")
    return 1 if failures or not all(counts.values()) else 0


sys.exit(main(*sys.argv[1:]))
