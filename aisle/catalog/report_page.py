"""The catalog report as one self-contained page, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, Template

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Catalog report · {{ feed.name }}</title>
<style>
:root { color-scheme: light dark; --ink: #1d2129; --soft: #5f6773; --ground: #f6f7f9; --card: #fff; --line: #e3e6eb;
  --good: #14795a; --warn: #9a5b00; --bad: #b3261e; --bar: #3a6ff0; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e8eaee; --soft: #a2a9b5; --ground: #14161a; --card: #1d2026; --line: #31363f;
  --good: #5fd0a6; --warn: #f0b35a; --bad: #ff8f86; --bar: #7ea2ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 68rem;
  background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans SC", sans-serif; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2.25rem 0 .6rem; }
p { margin: .2rem 0; color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem;
  margin-top: 1.5rem; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .8rem 1rem; }
.figures b { display: block; font-size: 1.55rem; font-variant-numeric: tabular-nums; line-height: 1.25; }
.figures span { color: var(--soft); font-size: .85rem; }
.good b { color: var(--good); } .warn b { color: var(--warn); }
.alert { border-left: .25rem solid var(--bad); padding: .5rem .9rem; background: var(--card); color: var(--ink);
  margin-top: 1rem; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: var(--soft); font-weight: 500; } th, td { padding: .45rem .9rem; vertical-align: top; }
tr + tr td, thead + tbody td { border-top: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.text { overflow-wrap: anywhere; } code { font: .85em ui-monospace, "SF Mono", Menlo, monospace; }
progress { width: 6rem; height: .5rem; accent-color: var(--bar); }
details { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; margin-bottom: .5rem; }
summary { cursor: pointer; padding: .55rem .9rem; display: flex; gap: .75rem; } summary b { margin-left: auto; }
summary:focus-visible { outline: 2px solid var(--bar); border-radius: .75rem; }
details table { border-top: 1px solid var(--line); }
del { color: var(--bad); } ins { color: var(--good); text-decoration: none; }
.none { color: var(--soft); font-style: italic; }
</style>
</head>
<body>
<h1>{{ feed.name or "Catalog" }}</h1>
<p>{{ feed.format }} · catalog report</p>
{% if not feed.complete %}<p class="alert">The feed breaks off. What wasn't read isn't taken for gone.</p>{% endif %}
<div class="figures">
<div><b>{{ "{:,}".format(rows.read) }}</b><span>rows read</span></div>
<div class="good"><b>{{ "{:,}".format(rows.accepted) }}</b><span>usable</span></div>
<div{% if rows.quarantined %} class="warn"{% endif %}>
<b>{{ "{:,}".format(rows.quarantined) }}</b><span>quarantined</span></div>
{% for kind, count in products.items() if count %}<div><b>{{ "{:,}".format(count) }}</b><span>{{ kind }}</span></div>
{% endfor %}</div>
<h2>Columns</h2>
<div class="scroll"><table><thead><tr><th>Column</th><th>Read as</th><th>Filled</th></tr></thead><tbody>
{% for each in columns %}<tr><td class="text"><code>{{ each.column }}</code></td>
<td>{% if each.field %}{{ each.field }}{% else %}<span class="none">its own attribute</span>{% endif %}</td>
<td><progress max="1" value="{{ each.filled }}" aria-label="{{ each.column }} filled"></progress>
{{ "{:.0%}".format(each.filled) }}</td></tr>
{% endfor %}</tbody></table></div>
{% for title, lines, word in sections %}
<h2>{{ title }}</h2>
{% for each in lines %}<details{% if loop.first %} open{% endif %}><summary>
<span>{% if each.field %}<code>{{ each.field }}</code> {% endif %}{{ each[word] }}</span>
<b class="number">{{ "{:,}".format(each["count"]) }}</b>
</summary>
{% if each.examples %}<table><tbody>
{% for example in each.examples %}<tr>
<td class="number">
{% if example.row is defined %}row {{ example.row }}{% else %}{{ example.product }}{% endif %}
</td><td class="text">
{% if example.before is defined %}
<del>{{ example.before }}</del>{% if example.after %} → <ins>{{ example.after }}</ins>{% endif %}

{% elif example.ids is defined %}
{{ example.ids | join(", ") }}{% if (example["size"] or 0) > example.ids | length %} …{% endif %}

{% else %}
{{ example.message }}
{% for more in (example.content, example.reference) if more %}<br><code>{{ more }}</code>{% endfor %}
{% endif %}
</td></tr>
{% endfor %}</tbody></table>{% endif %}</details>
{% else %}<p class="none">none</p>{% endfor %}
{% endfor %}
</body>
</html>
"""


@lru_cache(maxsize=1)
def _template() -> Template:
    return Environment(autoescape=True, trim_blocks=True).from_string(_PAGE)


def page(report: Mapping[str, Any]) -> str:
    """``Report.as_dict()`` as HTML; every value is escaped."""
    sections = [
        ("Quarantined", report["quarantine"], "reason"),
        ("Repaired", report["repairs"], "kind"),
        ("Duplicates", report["duplicates"], "kind"),
        ("Pictures", report["pictures"], "kind"),
    ]
    return _template().render(report, sections=sections)
