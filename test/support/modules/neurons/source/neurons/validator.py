import os
import time

from subnet.base.validator import BaseValidatorNeuron


class Validator(BaseValidatorNeuron):
    def __init__(self, config=None):
        super().__init__(config=config)
        self.wandb_key = os.environ["WANDB_API_KEY"]


if __name__ == "__main__":
    with Validator() as validator:
        while True:
            time.sleep(5)
