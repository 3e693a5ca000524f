"""Venice's OpenAPI file, read as JSON Schema. The file is Venice's, and not part of Segue."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

FOLDER = os.environ.get("SEGUE_VENDOR_SPECS")
ABSENT = "set SEGUE_VENDOR_SPECS to a folder with Venice's swagger.yaml as venice-openapi.yaml"


@cache
def specification():
    return yaml.safe_load((Path(FOLDER) / "venice-openapi.yaml").read_text(encoding="utf-8"))


def documented(operation, status):
    """What Venice may answer, by media type; None where the status is not documented."""
    method, path = operation.split()
    answers = specification()["paths"][path][method.lower()]["responses"]
    return answers[str(status)].get("content", {}) if str(status) in answers else None


def asked_for(operation):
    """The schema of a request's body."""
    method, path = operation.split()
    content = specification()["paths"][path][method.lower()]["requestBody"]["content"]
    (media,) = content.values()
    return media["schema"]


def named(component):
    return {"$ref": f"#/components/schemas/{component}"}


def complaints(value, schema):
    """Every reason why the value is not what the schema describes."""
    whole = {**_modern(schema), "components": _modern(specification()["components"])}
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(whole).iter_errors(value)
    ]


def _modern(schema):
    """OpenAPI 3.0 in today's JSON Schema. A body of a 402 may be of both its kinds at once."""
    if isinstance(schema, list):
        return [_modern(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {"anyOf" if name == "oneOf" else name: _modern(one) for name, one in schema.items()}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if told.get(exclusive) is True:
            told[exclusive] = told.pop(bound)
    if told.pop("nullable", None) is True:
        told["type"] = [told["type"], "null"]
        told.update({"enum": [*told["enum"], None]} if "enum" in told else {})
    return told
