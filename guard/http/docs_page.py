"""`GET /docs`: the OpenAPI document as one plain page, without scripts and without anything from elsewhere.

What belongs here: HTML. What must not: a fact that the document does not hold.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: .9em/1.4 ui-monospace, monospace }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: .4rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0 }
tr { border-bottom: 1px solid #8886 }
td { overflow-wrap: anywhere }
"""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def docs_page(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    info = document["info"]
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [_schema(name, schema) for name, schema in document["components"]["schemas"].items()]
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
            f"<p>{escape(info['description'])}</p>",
            '<p>For programs: <a href="/api/openapi.json">openapi.json</a>.</p>',
            *operations,
            "<h2>Shapes</h2>",
            *schemas,
            "</body></html>",
        )
    )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    lines = [
        f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>",
        f"<p>{escape(operation['summary'])}</p>",
    ]
    for body in operation.get("requestBody", {}).get("content", {}).values():
        lines.append(f"<p>Takes {_link(body['schema'])}, for example:</p>")
        lines.append(f"<pre>{escape(json.dumps(body['example'], indent=2))}</pre>")
    rows = [
        f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td><td>{_answer(answer)}</td></tr>"
        for status, answer in operation["responses"].items()
    ]
    lines.append("<table><tr><th>Status</th><th>When</th><th>Body</th></tr>" + "".join(rows) + "</table>")
    return "\n".join(lines)


def _answer(answer: Mapping[str, Any]) -> str:
    return ", ".join(
        f"<code>{escape(media_type)}</code> {_link(content['schema'])}"
        for media_type, content in answer["content"].items()
    )


def _link(schema: Mapping[str, Any]) -> str:
    name = escape(str(schema.get("$ref", "")).rpartition("/")[2])
    return f'<a href="#{name}">{name}</a>' if name else ""


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        f"<tr><td><code>{escape(field)}</code></td><td>{'yes' if field in required else 'no'}</td>"
        f"<td>{escape(described.get('description', ''))}</td>"
        f"<td><code>{escape(_kind(described))}</code></td></tr>"
        for field, described in schema.get("properties", {}).items()
    ]
    heading = "<tr><th>Field</th><th>Required</th><th>What it is</th><th>Kind</th></tr>"
    return f'<h3 id="{escape(name)}">{escape(name)}</h3><table>{heading}{"".join(rows)}</table>'


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    return str(schema.get("type", "any"))
