import argparse
import os

from .backend import Backend

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--miner", choices=list(["openai", "m2m"]), required=True)
    parser.add_argument("--config", default=os.path.join("env", "config.ini"))
    parser.parse_args()
    print(os.getenv("KEY_NAME"), Backend)
