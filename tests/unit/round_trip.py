# SPDX-License-Identifier: GPL-2.0-only
"""usage: round_trip.py SOURCE-DIRECTORY ORDAIN

Every example means the same after Ansible has read it and written it with to_nice_yaml.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

from policy_yaml import yaml

DIRECTORIES = ("etc/ordain", "run/ordain", "usr/lib/ordain")


def to_nice_yaml(text):
    """YAML 1.1 in and out, with what the filter gives to yaml.dump()."""
    return yaml.dump(yaml.safe_load(text), Dumper=yaml.SafeDumper, indent=4, allow_unicode=True,
                     default_flow_style=False)


def copy(tree, to, change):
    """The policy files of a tree, each as `change` leaves it; links stay links."""
    for directory in DIRECTORIES:
        for path in sorted(pathlib.Path(tree, directory).glob("*.yaml")):
            target = pathlib.Path(to, directory, path.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                target.symlink_to(os.readlink(path))
            else:
                target.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def check(ordain, tree, change):
    """What `ordain check` has to say, in a form that knows no places."""
    with tempfile.TemporaryDirectory() as root:
        copy(tree, root, change)
        done = subprocess.run([ordain, "--root", root, "check", "--no-objects"], check=False,
                              capture_output=True, text=True)
        errors = [line for line in done.stderr.splitlines() if "error[" in line]
        return done.returncode, done.stdout, errors


def main(source, ordain):
    trees = sorted({path.parents[len(pathlib.Path(directory).parts)]
                    for directory in DIRECTORIES
                    for path in pathlib.Path(source, "examples").rglob(f"{directory}/*.yaml")})
    failed = not trees
    os.umask(0o022)
    for tree in trees:
        before = check(ordain, tree, lambda text: text)
        after = check(ordain, tree, to_nice_yaml)
        if before[0] or before != after:
            failed = True
            print(f"{tree}: before {before}, after {after}", file=sys.stderr)
    print(f"{len(trees)} trees")
    return int(failed)


sys.exit(main(*sys.argv[1:]))
