import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryFiles } from './git-repository.js';

/** Serves what it was started with, by HTTP; `/health` answers with a status of its own. */
function program(role: string, status: number): string {
  return [
    'import argparse, json, os, sys',
    'from http.server import BaseHTTPRequestHandler, HTTPServer',
    'import greeter',
    'from config.settings import DEFAULTS',
    '',
    'parser = argparse.ArgumentParser()',
    'parser.add_argument("--netuid", type=int, required=True, help="Subnet to work on.")',
    'parser.add_argument("--wallet.name", default="default")',
    'parser.add_argument("--wallet.hotkey", default="default")',
    'parser.add_argument("--wallet.path", default="~/.bittensor/wallets")',
    'parser.add_argument("--axon.port", type=int, default=8091)',
    'parser.add_argument("--verbose", action="store_true")',
    'options = vars(parser.parse_args())',
    'KEY = os.environ["BACKEND_API_KEY"]',
    'BATCH_SIZE = int(os.getenv("BATCH_SIZE", DEFAULTS["batch"]))',
    '',
    'class Handler(BaseHTTPRequestHandler):',
    '    def do_GET(self):',
    `        self.send_response(${String(status)} if self.path == "/health" else 200)`,
    '        self.end_headers()',
    '        keyfile = os.path.join(options["wallet.path"], options["wallet.name"], "hotkeys", options["wallet.hotkey"])',
    '        facts = {',
    `            "role": "${role}", "options": options, "key": KEY, "batch": BATCH_SIZE, "user": os.getuid(),`,
    '            "greeting": greeter.GREETING, "keyfile": os.path.exists(keyfile), "files": sorted(os.listdir(".")),',
    '        }',
    '        self.wfile.write(json.dumps(facts).encode())',
    '    def log_message(self, *args):',
    '        pass',
    '',
    'HTTPServer(("", options["axon.port"]), Handler).serve_forever()',
  ].join('\n');
}

/** A wheel with a package of one line, so that there is something to install without a network. */
function wheelOf(folder: string, greeting: string): Buffer {
  const file = join(folder, 'greeter-1.0-py3-none-any.whl');
  const lines = [
    'import sys, zipfile',
    'with zipfile.ZipFile(sys.argv[1], "w") as wheel:',
    '    info = "greeter-1.0.dist-info/"',
    '    wheel.writestr("greeter.py", "GREETING = %r" % sys.argv[2])',
    '    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: greeter\\nVersion: 1.0\\n")',
    '    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")',
    '    names = ["greeter.py", info + "METADATA", info + "WHEEL", info + "RECORD"]',
    '    wheel.writestr(info + "RECORD", "".join(name + ",,\\n" for name in names))',
  ];
  execFileSync(process.env.HEADFRAME_TEST_PYTHON ?? '/usr/bin/python3', ['-c', lines.join('\n'), file, greeting]);
  return readFileSync(file);
}

/** Files of a subnet's module in Python, with a miner, a validator and several styles of configuration. */
export function pythonModule(folder: string, { greeting = 'hello', status = 200 } = {}): RepositoryFiles {
  return {
    'neurons/miner.py': `import sys\nsys.path.insert(0, ".")\n${program('miner', status)}`,
    'neurons/validator.py': `import sys\nsys.path.insert(0, ".")\n${program('validator', status)}`,
    'config/__init__.py': '',
    'config/settings.py': 'DEFAULTS = {"batch": "4"}\n',
    'config/miner.ini': '[miner]\nretries = 3\n',
    '.env.example': '# Size of a batch.\nBATCH_SIZE=4\nBACKEND_API_KEY=<your key>\n',
    '.env': 'BACKEND_API_KEY=planted-in-the-repository\n',
    id_ed25519: '-----BEGIN OPENSSH PRIVATE KEY-----\nplanted\n',
    'requirements.txt': '-r requirements/common.txt\n',
    'requirements/common.txt': './wheels/greeter-1.0-py3-none-any.whl\n',
    'wheels/greeter-1.0-py3-none-any.whl': wheelOf(folder, greeting),
  };
}
