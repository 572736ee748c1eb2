from .config import MinerSettings

if __name__ == "__main__":
    print(MinerSettings().port)
