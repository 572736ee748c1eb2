// A process of simulated agents; its parent tells it what to do and hears its figures ten times a second.
import { HostCertificates } from '../../../support/host-certificates.js';
import { Simulation } from '../../../support/simulated/simulation.js';
import { benchHellos } from '../workload.js';
import type { SimulatorOrder, SimulatorSetup } from '../simulators.js';

const FIGURES_MS = 100;

const setup = JSON.parse(process.argv[2] ?? '') as SimulatorSetup; // written by Simulators
const simulation = new Simulation(benchHellos(setup, setup.range), {
  usageInstances: setup.usageInstances,
  dials: setup.dials,
});

async function obey(order: SimulatorOrder): Promise<void> {
  if (order.kind === 'connect') {
    if (order.certifier !== undefined) await simulation.certify(await HostCertificates.open(order.certifier));
    simulation.connect(order.address);
  } else if (order.kind === 'disconnect') simulation.disconnect();
  else if (order.kind === 'wake') simulation.wake(order.from, order.to);
  else simulation.rest(order.from, order.to, order.kind === 'freeze' ? 'freeze' : 'disconnect');
}

process.on('message', (order) => {
  // As Simulators sends them; what fails ends the process, and with it the run.
  void obey(order as SimulatorOrder);
});
process.on('disconnect', () => process.exit());
setInterval(() => process.send?.(simulation.counts), FIGURES_MS);
