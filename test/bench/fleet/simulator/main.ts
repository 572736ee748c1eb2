// A process of simulated agents; its parent tells it what to do and hears its figures ten times a second.
import { Simulation } from '../../../support/simulated/simulation.js';
import { benchHellos } from '../workload.js';
import type { SimulatorOrder, SimulatorSetup } from '../simulators.js';

const FIGURES_MS = 100;

const setup = JSON.parse(process.argv[2] ?? '') as SimulatorSetup; // written by Simulators
const simulation = new Simulation(benchHellos(setup, setup.range), {
  usageInstances: setup.usageInstances,
  dials: 500,
});

function obey(order: SimulatorOrder): void {
  if (order.kind === 'connect') simulation.connect(order.address);
  else if (order.kind === 'disconnect') simulation.disconnect();
  else if (order.kind === 'wake') simulation.wake(order.from, order.to);
  else simulation.rest(order.from, order.to, order.kind === 'freeze' ? 'freeze' : 'disconnect');
}

process.on('message', (order) => {
  obey(order as SimulatorOrder); // as Simulators sends them
});
process.on('disconnect', () => process.exit());
setInterval(() => process.send?.(simulation.counts), FIGURES_MS);
