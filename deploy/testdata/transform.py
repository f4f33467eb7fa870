"""Translate SAM templates to plain CloudFormation, as a deployment would, without AWS and without network.

usage: transform.py IN.yaml OUT.json [IN.yaml OUT.json ...]
"""
import json
import os
import sys

# The translator asks the SDK for a Region to pick a partition; any will do, since the templates name none.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def main(paths):
    for source, target in zip(paths[::2], paths[1::2]):
        with open(source, encoding="utf-8") as f:
            template = yaml_parse(f.read())
        # Deploying uploads what is built and puts its address here; the translator takes no local folder.
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
        # The empty map of managed policies is deliberate: a template that names one fails here.
        translated = Translator({}, Parser()).translate(template, {})
        with open(target, "w", encoding="utf-8") as f:
            json.dump(translated, f, indent=1)


main(sys.argv[1:])
