import time

import bittensor as bt

from subnet.base.miner import BaseMinerNeuron


class Miner(BaseMinerNeuron):
    def forward(self, synapse):
        return synapse


if __name__ == "__main__":
    with Miner() as miner:
        while True:
            bt.logging.info(f"Miner running... {time.time()}")
            time.sleep(5)
