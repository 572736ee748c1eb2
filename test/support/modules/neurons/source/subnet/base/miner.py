from subnet.base.neuron import BaseNeuron
from subnet.utils.config import add_miner_args


class BaseMinerNeuron(BaseNeuron):
    neuron_type: str = "MinerNeuron"

    @classmethod
    def add_args(cls, parser):
        super().add_args(parser)
        add_miner_args(cls, parser)
