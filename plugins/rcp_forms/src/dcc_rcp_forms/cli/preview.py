"""The live preview of a form: a loopback server, reloaded when the file is saved."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click

from dcc_rcp_forms.cli.preview_page import Request, export_of, preview_page, saved_at
from dcc_rcp_forms.composition.catalogue import Catalogue
from dcc_rcp_forms.linter.lint import lint_file

_MAX_BODY = 1_000_000
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'"
)
_TYPES = {"js": "text/javascript", "css": "text/css"}
_STATIC = ("evaluate.js", "form.js", "live.js", "preview.js", "preview.css")


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
            self._send(*_answer(file, catalogue, self.path))

        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length", 0)), _MAX_BODY)
            typed = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
            page = preview_page(file, Request(typed=typed), catalogue)
            self._send(page.encode(), "text/html")

        def _send(self, body: bytes, media_type: str) -> None:
            charset = "" if media_type == "application/pdf" else "; charset=utf-8"
            self.send_response(200)
            self.send_header("Content-Type", media_type + charset)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", _POLICY)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  inherited name
            """Keep the terminal for the author."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def _answer(file: Path, catalogue: Catalogue, address: str) -> tuple[bytes, str]:
    """Return the content behind an address, and its type."""
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    match parts.path.strip("/").split("/"):
        case ["saved"]:
            return saved_at(file).encode(), "text/plain"
        case ["programme.json"]:
            loaded = lint_file(file, catalogue).loaded
            program = loaded.program.to_json() if loaded else {}
            return json.dumps(program, ensure_ascii=False).encode(), "application/json"
        case ["static", name] if name in _STATIC:
            content = (files("dcc_rcp_forms") / "static" / name).read_bytes()
            return content, _TYPES[name.rpartition(".")[2]]
        case ["export"]:
            pdf = export_of(lint_file(file, catalogue), "pdf", asked.get("essai", ""))
            return (pdf, "application/pdf") if pdf else (b"PDF indisponible.", "text/plain")
        case _:
            request = Request(asked.get("onglet", "saisie"), asked.get("essai", ""))
            return preview_page(file, request, catalogue).encode(), "text/html"
