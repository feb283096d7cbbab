"""Weather, prices and translations for the fuzzed server: it must reach no service of others.

usage: fuzz_providers.py PORT
"""

import http.server
import json
import sys

ANSWERS = {
    "/v1/search": {"results": [{"name": "Dakar", "latitude": 14.69, "longitude": -17.44, "country_code": "SN"}]},
    "/v1/forecast": {"current": {"time": "2026-11-22T11:00", "temperature_2m": 27.4, "weather_code": 2}},
    "/api/v3/ticker/price": {"symbol": "BTCUSDT", "price": "56000.10"},
    "/translate": {"translatedText": "Hello", "detectedLanguage": {"confidence": 90, "language": "fr"}},
}


class Providers(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        found = ANSWERS.get(self.path.split("?")[0])
        body = json.dumps(found or {}).encode()
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Providers).serve_forever()
