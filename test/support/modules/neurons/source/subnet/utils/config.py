import argparse
import os

from subnet import NETUID

BLOCKS_PER_EPOCH = 100
PROJECT = "subnet" "-dev"


def is_cuda_available():
    return "cpu"


def add_args(cls, parser):
    """Arguments that every neuron takes."""
    parser.add_argument("--netuid", type=int, help="Subnet netuid", default=NETUID)
    parser.add_argument(
        "--neuron.device",
        type=str,
        help="Device to run on.",
        default=is_cuda_available(),
    )
    parser.add_argument(
        "--neuron.epoch_length",
        type=int,
        help="The default epoch length (how often we set weights, "
        "measured in 12 second blocks).",
        default=BLOCKS_PER_EPOCH,
    )
    parser.add_argument("--mock", action="store_true", help="Mock neuron and all network components.", default=False)
    parser.add_argument("--wandb.off", action="store_true", help="Turn off wandb.", default=False)
    parser.add_argument("--wandb.notes", type=str, help="Notes to add to the wandb run.", default="")


def add_miner_args(cls, parser):
    """Arguments of the miner alone."""
    parser.add_argument("--neuron.name", type=str, help="Trials for this neuron go in here.", default="miner")
    parser.add_argument(
        "--blacklist.force_validator_permit",
        action="store_true",
        help="If set, we will force incoming requests to have a permit.",
        default=False,
    )
    parser.add_argument("--model.api_key", type=str, default=os.getenv("MODEL_API_KEY"))


def add_validator_args(cls, parser):
    """Arguments of the validator alone."""
    parser.add_argument("--neuron.name", type=str, help="Trials for this neuron go in here.", default="validator")
    parser.add_argument("--neuron.timeout", type=float, help="Seconds for each forward call.", default=10)
    parser.add_argument("--neuron.sample_size", type=int, help="Miners asked in one step.", default=50)
    parser.add_argument("--neuron.moving_average_alpha", type=float, default=0.1)
    parser.add_argument("--wandb.project_name", type=str, default=f"{PROJECT}-validators")
