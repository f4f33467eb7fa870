"""Translates a SAM template to plain CloudFormation, without AWS and without a network.

usage: translate.py TEMPLATE [PARAMETER=VALUE ...] > translated.json
"""
import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


# Actions in SAM's own policy templates (SQSPollerPolicy) that IAM does not have:
# the linter would report them, and nobody here could mend them.
NOT_OURS = ("sqs:ChangeMessageVisibilityBatch", "sqs:DeleteMessageBatch")


def without(node, actions):
    if isinstance(node, dict):
        return {name: without(value, actions) for name, value in node.items()}
    if isinstance(node, list):
        return [without(value, actions) for value in node if value not in actions]
    return node


def packaged(node):
    """Puts an S3 address where the template names a local folder, as packaging would."""
    if isinstance(node, dict):
        return {
            name: "s3://bucket/key"
            if name in ("CodeUri", "ContentUri", "DefinitionUri") and isinstance(value, str) and not value.startswith("s3://")
            else packaged(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [packaged(value) for value in node]
    return node


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        template = packaged(yaml_parse(f.read()))
    parameters = dict(p.split("=", 1) for p in sys.argv[2:])
    # The first argument maps names of AWS managed policies to ARNs. It is empty:
    # the stack's roles name what they may do, and nothing is looked up.
    translated = Translator({}, Parser()).translate(template, parameters)
    json.dump(without(translated, NOT_OURS), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
