#!/usr/bin/env python3
"""A miner in one file."""
import argparse
from pathlib import Path

import constants
from constants import DEFAULT_PORT as PORT

MODELS = ["small", "medium", "large"]


def get_parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-v", "--verbose", action="count", default=0, help="Say more.")
    parser = argparse.ArgumentParser(parents=[common])
    parser.add_argument("keyfile", help="Name of the key.")
    parser.add_argument("extra", nargs="*")
    group = parser.add_argument_group("Serving")
    group.add_argument("--host", default="0.0.0.0")
    group.add_argument("--port", "-p", type=int, default=PORT, help="Port to serve at.")
    group.add_argument("--model", choices=MODELS, default=MODELS[0])
    group.add_argument("--size", choices=MODELS + ["huge"], default="small")
    group.add_argument("--cache-dir", type=Path, default=constants.CACHE)
    group.add_argument("--peers", nargs="+", default=["10.0.0.1", "10.0.0.2"])
    group.add_argument("--rate", type=float, default=1 / 4)
    group.add_argument("--password", required=True)
    group.add_argument("--max-tokens", type=int, default=2 * 1024)
    group.add_argument("--no-cache", dest="cache", action="store_false")
    group.add_argument("--compress", action=argparse.BooleanOptionalAction, default=True)
    group.add_argument("--log-level", choices=("debug", "info"), default=constants.LEVELS["default"])
    parser.add_argument("--" + constants.PREFIX + "retries", type=int, default=-1)
    parser.add_argument("--version", action="version", version="1.0")
    return parser


if __name__ == '__main__':
    get_parser().parse_args()
