import argparse
from abc import ABC

import bittensor as bt

from subnet.utils.config import add_args, check_config


class BaseNeuron(ABC):
    neuron_type: str = "BaseNeuron"

    @classmethod
    def add_args(cls, parser: argparse.ArgumentParser):
        bt.wallet.add_args(parser)
        bt.subtensor.add_args(parser)
        bt.logging.add_args(parser)
        bt.axon.add_args(parser)
        add_args(cls, parser)

    @classmethod
    def config(cls):
        parser = argparse.ArgumentParser()
        cls.add_args(parser)
        return bt.config(parser)
