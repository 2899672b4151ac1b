"""browser.py CERTIFICATE PAGE-ARGUMENTS: phone.html in a headless Chromium that trusts the key of CERTIFICATE alone.

Serves the page on 127.0.0.1, starts the browser, prints the page's report, and ends with 0 when that ends with "done".
"""

import base64
import hashlib
import http.server
import os
import queue
import subprocess
import sys
import tempfile
import threading

certificate, arguments = sys.argv[1:3]
page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "phone.html")
reports = queue.Queue()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path.startswith("/phone.html")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if found:
            with open(page, "rb") as file:
                self.wfile.write(file.read())

    def do_POST(self):
        reports.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
public_key = subprocess.run(
    ["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True, capture_output=True).stdout
public_key = subprocess.run(
    ["openssl", "pkey", "-pubin", "-outform", "der"], input=public_key, check=True, capture_output=True).stdout
pin = base64.b64encode(hashlib.sha256(public_key).digest()).decode()
with tempfile.TemporaryDirectory() as home:
    browser = subprocess.Popen(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
         f"--user-data-dir={home}", f"--ignore-certificate-errors-spki-list={pin}",
         f"http://localhost:{server.server_port}/phone.html?{arguments}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, HOME=home))
    try:
        report = reports.get(timeout=60)
    except queue.Empty:
        report = "failed: no report from the page within 60 s"
    finally:
        browser.terminate()
        browser.wait()
print(report)
sys.exit(not report.endswith("\ndone"))
