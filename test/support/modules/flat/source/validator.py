from argparse import ArgumentParser

from constants import *

if __name__ == "__main__":
    parser = ArgumentParser(description="Validates.")
    parser.add_argument("--keyfile", required=True, type=str, help=f"Key, such as {EXAMPLE_KEY}.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT + 1)
    parser.add_argument("--seed", type=int, default=42, help="Seed of the sampling.")
    parser.add_argument("--testnet", action="store_true")
    parser.parse_args()
