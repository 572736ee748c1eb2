// `npm run cluster:demo`, once deploy/bootstrap has brought an engine and a new NATS server: DOCKER_HOST and NATS_SERVER tell where.
import { runInOrder } from '../quickstart/run-in-order.js';
import { runDemo } from './demo.js';

const USAGE = `Usage: npm run cluster:demo

Starts three NATS servers, three coordinators that share a store in them, and two agents on this machine; runs a miner,
kills the coordinator that leads, and shows that another leads, that the miner's containers run on, and that the fleet
takes another miner. Then, as at Ctrl-C or a failure, it ends and removes all that was started. Exit code 0 when all
was as it should be, 1 when not, 130 after Ctrl-C.
`;

const args = process.argv.slice(2);
if (args.length === 0) {
  process.exitCode = await runInOrder((cleanup, end) => runDemo({ env: process.env, cleanup, end }));
} else {
  const isHelp = args.every((arg) => arg === '--help');
  (isHelp ? process.stdout : process.stderr).write(USAGE);
  process.exitCode = isHelp ? 0 : 2;
}
