from common.env import env, must
import os as system

PORT = env("MINER_PORT", 4000, cast=int)
BACKEND = env("BACKEND")
SECRET = must("SHARED_SECRET")
DIR = system.environ.get("WORK_DIR", default="/data")

if __name__ == "__main__":
    print(PORT, BACKEND, SECRET, DIR)
