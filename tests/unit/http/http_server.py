"""A server for client_test.cpp: http_server.py [CERT KEY CLIENT_CA]. Prints its port; ends with its
stdin."""
import http.server
import ssl
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """What a path means is at its branch."""

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # pylint: disable=invalid-name
        if self.path == "/redirection":
            self.answer(302, b"", Location="/teapot")
        elif self.path == "/large":
            try:
                self.answer(200, b"x" * (5 << 20))
            except (BrokenPipeError, ConnectionResetError):
                pass  # as it should be: nobody reads on
        elif self.path == "/never":
            threading.Event().wait()
        elif self.path == "/nothing":
            self.close_connection = True
        elif self.path == "/who":
            self.answer(200, (self.headers["Authorization"] or "nobody").encode())
        else:
            self.answer(418, b"teapot")

    def do_PATCH(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, self.headers["Content-Type"].encode() + b" " + body)

    do_POST = do_PATCH

    def log_message(self, *arguments):  # pylint: disable=arguments-differ
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if len(sys.argv) > 1:
        certificate, key, client_authority = sys.argv[1:]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if client_authority:
            context.load_verify_locations(client_authority)
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()
