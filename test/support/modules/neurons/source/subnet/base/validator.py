from subnet.base.neuron import BaseNeuron
from subnet.utils.config import add_validator_args


class BaseValidatorNeuron(BaseNeuron):
    neuron_type: str = "ValidatorNeuron"

    @classmethod
    def add_args(cls, parser):
        super().add_args(parser)
        add_validator_args(cls, parser)
