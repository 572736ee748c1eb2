import os
from os import environ, getenv as read

PREFIX = "POOL_"
HOURS = 6


def env(name, default=None, cast=str):
    """Reads with a default."""
    return cast(os.environ.get(name, default))


def must(name: str) -> str:
    return os.environ[name]


REGION = os.getenv("REGION", "eu" + "-west")
INTERVAL = int(os.getenv("INTERVAL_S", HOURS * 3600))
RATIO = float(environ.get("RATIO", "0.25"))
DEBUG = os.getenv("DEBUG", "false").lower() in ("true", "1")
STRICT = read("STRICT") == "1"
HOSTS = environ.get("HOSTS", "a.example,b.example").split(",")
ENDPOINT = os.getenv("ENDPOINT") or "wss://entry.example:443"
NAME = os.environ.get(f"{PREFIX}NAME", "pool")
MNEMONIC = os.environ["HOTKEY_MNEMONIC"]
UNUSED = os.environ.get(str(object()))
os.environ["TOKENIZERS_PARALLELISM"] = "false"
