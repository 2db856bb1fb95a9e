"""The yardstick: a bare Flask application that renders a Jinja page of a wanted size, and nothing
else."""

from flask import Flask, render_template_string, request

app = Flask(__name__)

PAGE = """<!doctype html>
<html lang="vi"><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
<ul>{% for row in rows %}
<li class="row"><a href="/things/{{ row.id }}">{{ row.name }}</a>
<span>{{ row.text }}</span></li>{% endfor %}
</ul></body></html>"""
ROW_BYTES = 200


@app.route("/page", methods=["GET", "POST"])
def page() -> str:
    """About `bytes` bytes of HTML: rows of 200 bytes, each with three values put in."""
    count = max(1, int(request.args.get("bytes", "20000")) // ROW_BYTES)
    rows = [{"id": i, "name": f"Tên hàng {i}", "text": "x" * 110} for i in range(count)]
    return render_template_string(PAGE, title="Trang trần", rows=rows)
