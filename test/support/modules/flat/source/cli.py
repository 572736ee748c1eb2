import argparse

parser = argparse.ArgumentParser()
commands = parser.add_subparsers(dest="command")
mine = commands.add_parser("mine-with-miner", help="Start the miner.")
mine.add_argument("--threads", type=int, default=4)
check = commands.add_parser("validator")
options = check.add_argument_group("Options")
options.add_argument("--threads", type=int, default=8)
for part in ("a", "b"):
    parser.add_argument(f"--{part}.weight", type=float, default=0.5)
