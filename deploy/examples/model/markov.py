"""A small language model: an n-gram model of words, trained on a text and served by the contract for chat.

    python3 markov.py train CORPUS MODEL     counts which word follows which, and writes the model
    python3 markov.py serve MODEL            serves it at $PORT

It says what is likely after the words of a prompt in the text that it has read, and knows nothing else. With the
temperature 0 it takes the likeliest word each time, so that the same prompt has the same reply.
"""

import json
import os
import random
import re
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ORDER = 4  # words, the next one included
WORDS = re.compile(r"\w+(?:['-]\w+)*|[.,:;?!]")
END = {".", "?", "!"}
MARKS = END | {",", ":", ";"}
MOST_PROMPT_BYTES = 64 * 1024
MOST_TOKENS = 512
LONGEST_CONTEXT = 4096  # words of a prompt that are looked at
STARTED = time.monotonic()


def words_of(text):
    return WORDS.findall(text)


def train(text):
    """Counts for contexts of 0 to ORDER - 1 words, written in lower case, what comes next."""
    words = words_of(text)
    counts = defaultdict(Counter)
    for at, word in enumerate(words):
        for length in range(ORDER):
            if at >= length:
                context = " ".join(words[at - length : at]).lower()
                counts[context][word] += 1
    return {"order": ORDER, "words": len(words), "counts": counts}


def next_word(counts, context, temperature, draw, skipped):
    """Backs off from the longest context that was ever seen to shorter ones."""
    for length in range(min(ORDER - 1, len(context)), -1, -1):
        found = counts.get(" ".join(context[len(context) - length :]).lower(), {})
        likely = sorted((pair for pair in found.items() if pair[0] not in skipped), key=lambda pair: (-pair[1], pair[0]))
        if likely:
            break
    else:
        return None
    if temperature <= 0:
        return likely[0][0]
    weights = [count ** (1 / max(temperature, 0.01)) if count > 1 else 1 for _, count in likely[:50]]
    return draw.choices([word for word, _ in likely[:50]], weights)[0]


def reply_to(model, prompt, temperature, most_tokens, draw):
    context = words_of(prompt)[-LONGEST_CONTEXT:]
    said = []
    while len(said) < most_tokens:
        # A reply that begins with the end of a sentence would be none.
        word = next_word(model["counts"], context + said, temperature, draw, set() if said else MARKS)
        if word is None:
            break
        said.append(word)
        if word in END:
            break
    return re.sub(r" ([.,:;?!])", r"\1", " ".join(said))


def number(body, name, default, least, most):
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ValueError(f"{name} has to be a number from {least} to {most}")
    return value


class Handler(BaseHTTPRequestHandler):
    model = None
    name = os.environ.get("MODEL_NAME", "tiny-markov")
    version = os.environ.get("MODEL_VERSION", "1.0.0")
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        if self.path == "/health":
            seconds = int(time.monotonic() - STARTED)
            uptime = f"{seconds // 3600}h {seconds % 3600 // 60}m {seconds % 60}s"
            self.answer(200, {"status": "healthy", "model_loaded": True, "uptime": uptime})
        elif self.path == "/info":
            self.answer(
                200,
                {
                    "model_name": self.name,
                    "model_type": "llm",
                    "version": self.version,
                    "capabilities": ["text-generation"],
                    "max_context_length": LONGEST_CONTEXT,
                    "description": f"n-gram model of order {ORDER}, trained on {self.model['words']} words",
                },
            )
        else:
            self.answer(404, {"error": "there are GET /health, GET /info and POST /api/chat"})

    def do_POST(self):
        if self.path != "/api/chat":
            self.answer(404, {"error": "there are GET /health, GET /info and POST /api/chat"})
            return
        began = time.monotonic()
        try:
            length = int(self.headers.get("content-length", "0"))
            if not 0 < length <= MOST_PROMPT_BYTES:
                raise ValueError(f"the body has to be JSON of at most {MOST_PROMPT_BYTES} bytes")
            body = json.loads(self.rfile.read(length))
            if not isinstance(body, dict) or not isinstance(body.get("prompt"), str):
                raise ValueError("prompt has to be a text")
            temperature = number(body, "temperature", 0.5, 0, 2)
            most_tokens = int(number(body, "max_tokens", 60, 1, MOST_TOKENS))
        except ValueError as error:
            self.close_connection = True
            self.answer(400, {"error": str(error)})
            return
        response = reply_to(self.model, body["prompt"], temperature, most_tokens, random.Random())
        self.answer(
            200,
            {
                "response": response,
                "model": self.name,
                "timestamp": datetime.now(timezone.utc).isoformat(),
                "processing_time": round(time.monotonic() - began, 6),
            },
        )

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *args):
        print(f"{self.command} {self.path} {args[1] if len(args) > 1 else ''}", flush=True)


def serve(path):
    with open(path, encoding="utf-8") as file:
        Handler.model = json.load(file)
    server = ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "3000"))), Handler)
    server.daemon_threads = True
    print(f"serving {Handler.name} {Handler.version}", flush=True)
    server.serve_forever()


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "train":
        with open(arguments[1], encoding="utf-8") as file:
            model = train(file.read())
        with open(arguments[2], "w", encoding="utf-8") as file:
            json.dump(model, file)
        print(f"trained on {model['words']} words, {len(model['counts'])} contexts")
    elif len(arguments) == 2 and arguments[0] == "serve":
        serve(arguments[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
