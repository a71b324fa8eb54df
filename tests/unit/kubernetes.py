# SPDX-License-Identifier: GPL-2.0-only
"""usage: kubernetes.py SOURCE-DIRECTORY ORDAIN

The example for Kubernetes is whole: its policy is one, what it mounts is there, and it takes the
capabilities that the systemd unit takes.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from policy_yaml import yaml


def check_policy(ordain, files):
    with tempfile.TemporaryDirectory() as root:
        directory = pathlib.Path(root, "etc/ordain")
        directory.mkdir(parents=True)
        for name, text in files.items():
            path = directory / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o644)
        done = subprocess.run([ordain, "--root", root, "check", "--no-objects", "--strict"],
                              check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def main(source, ordain):
    source = pathlib.Path(source)
    example = (source / "examples/kubernetes/ordain.yaml").read_text(encoding="utf-8")
    unit = (source / "packaging/ordain.service.in").read_text(encoding="utf-8")
    config, daemons = yaml.safe_load_all(example)
    pod = daemons["spec"]["template"]["spec"]
    [container] = pod["containers"]

    check_policy(ordain, config["data"])
    assert pod["hostNetwork"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert volumes.keys() == mounts.keys(), f"{volumes.keys()} and {mounts.keys()}"
    assert volumes["policy"]["configMap"]["name"] == config["metadata"]["name"]
    # A link in the image leads there; see its README.
    assert mounts["policy"] == "/config"
    for name in "state", "objects", "bpffs":
        assert volumes[name]["hostPath"]["path"] == mounts[name]
    labels = daemons["spec"]["template"]["metadata"]["labels"]
    assert daemons["spec"]["selector"]["matchLabels"] == labels

    wanted = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.MULTILINE).group(1).split()
    given = container["securityContext"]["capabilities"]
    assert given["drop"] == ["ALL"]
    assert ["CAP_" + name for name in given["add"]] == wanted, f"{given['add']} and {wanted}"


main(*sys.argv[1:])
