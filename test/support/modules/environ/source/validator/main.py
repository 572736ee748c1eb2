from decouple import config
from environs import Env

from common.env import env

environment = Env()
PORT = env("MINER_PORT", "4100")
STAKE = config("MIN_STAKE", default=1000, cast=int)
KEY = config("COLDKEY_NAME")
LIMIT = environment.int("LIMIT", 5)
PATHS = environment.list("PATHS")

if __name__ == "__main__":
    print(PORT, STAKE, KEY, LIMIT, PATHS)
