"""The live preview of a form: a loopback server, one page, reloaded when the file is saved."""

import html
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import click

from dcc_rcp_forms.composition.catalogue import Catalogue
from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.engine.examples import value_text
from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored, stored_from_text
from dcc_rcp_forms.exports.page import form_page
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.linter.lint import LintReport, lint_file
from dcc_rcp_forms.loading import LoadedForm

_MAX_BODY = 1_000_000
_RELOAD = """
const seen = document.documentElement.dataset.saved;
setInterval(async () => {
  const answer = await fetch("/saved");
  if ((await answer.text()) !== seen) location.reload();
}, 700);
"""


def serve_preview(file: Path, port: int, catalogue: Catalogue) -> None:
    """Serve the preview on the loopback interface until interrupted."""
    server = preview_server(file, port, catalogue)
    click.echo(f"http://127.0.0.1:{server.server_address[1]}/", err=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def preview_server(file: Path, port: int, catalogue: Catalogue) -> ThreadingHTTPServer:
    """Return the server, bound and ready."""

    class Handler(BaseHTTPRequestHandler):
        """Serves one form; answers live in the page, nothing is stored."""

        def do_GET(self) -> None:
            if self.path == "/saved":
                self._send(_saved(file), "text/plain")
            elif self.path == "/reload.js":
                self._send(_RELOAD, "text/javascript")
            else:
                self._send(preview_page(file, {}, catalogue), "text/html")

        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length", 0)), _MAX_BODY)
            form = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
            self._send(preview_page(file, form, catalogue), "text/html")

        def _send(self, text: str, media_type: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{media_type}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'",
            )
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  inherited name
            """Keep the terminal for the author."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def preview_page(file: Path, typed: dict[str, list[str]], catalogue: Catalogue) -> str:
    """Return the page of a form file with what was typed, or its faults."""
    report = lint_file(file, catalogue)
    if report.loaded is None or not report.is_clean:
        return _with_panel(_faults(report), file)
    answers = _answers(report.loaded, typed)
    state = Engine(report.loaded.program).evaluate(answers, (typed.get("date_rcp") or [""])[0])
    page = form_page(report.loaded, answers, state)
    return _with_panel(page.replace("</main>", _panel(state, report.loaded) + "</main>"), file)


def _answers(loaded: LoadedForm, typed: dict[str, list[str]]) -> dict[str, Stored]:
    answers: dict[str, Stored] = {}
    for step in loaded.program.steps:
        values = [value for value in typed.get(step.id, []) if value.strip()]
        absent = typed.get(f"{step.id}:absent")
        if absent:
            answers[step.id] = {"absent": absent[0]}
        elif values and step.kind is FieldKind.CHOICES:
            answers[step.id] = values
        elif values:
            answers[step.id] = stored_from_text(step, values[0])
    return answers


def _panel(state: FormState, loaded: LoadedForm) -> str:
    computed = [step.id for step in loaded.program.steps if step.kind is FieldKind.COMPUTED]
    hidden = [name for name in loaded.program.display if name not in state.visible]
    parts = [
        (
            "Valeurs calculées",
            [f"{name} = {value_text(state.values.get(name))}" for name in computed],
        ),
        ("Alertes", [alert.message for alert in state.alerts]),
        ("Champs masqués", hidden),
        ("Manquants", [item.path for item in state.missing]),
    ]
    lists = "".join(
        f"<h2>{title}</h2><ul>{''.join(f'<li>{html.escape(item)}</li>' for item in items)}</ul>"
        for title, items in parts
    )
    return f'<aside aria-label="Aperçu">{lists}</aside>'


def _faults(report: LintReport) -> str:
    items = "".join(f"<li><code>{html.escape(str(issue))}</code></li>" for issue in report.issues)
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Erreurs</title></head>'
        f"<body><main><h1>{html.escape(report.file)}</h1><ul>{items}</ul></main></body></html>"
    )


def _with_panel(page: str, file: Path) -> str:
    script = '<script src="/reload.js"></script></body>'
    opening = f'<html lang="fr" data-saved="{_saved(file)}"'
    return page.replace("</body>", script).replace('<html lang="fr"', opening, 1)


def _saved(file: Path) -> str:
    return json.dumps(file.stat().st_mtime_ns) if file.exists() else "0"
