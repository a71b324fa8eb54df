# SPDX-License-Identifier: GPL-2.0-only
"""Policy files as Python values, and how a test says that it cannot run."""
import re
import sys

SKIPPED = 77


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(SKIPPED)


try:
    import yaml
except ImportError:
    skip("python3-yaml is not installed")


class Loader(yaml.SafeLoader):
    """Scalars as ordain takes them: decimal integers, true and false; all else is text."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(problem="a key that is no scalar")
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


for tag, pattern, first in (
        ("bool", "^(true|false)$", "tf"),
        ("int", "^-?(0|[1-9][0-9]*)$", "-0123456789"),
        ("null", "^(~|null|)$", ["~", "n", ""])):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def load(path):
    """The value of a file; None if it is empty, yaml.YAMLError if it is no YAML."""
    with open(path, "rb") as file:
        return yaml.load(file, Loader=Loader)
