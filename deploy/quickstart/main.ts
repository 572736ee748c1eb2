// `npm run quickstart`, once deploy/bootstrap has brought up an engine and a NATS server: DOCKER_HOST and NATS_URL tell where.
import { USAGE, parseOptions } from './options.js';
import type { Options } from './options.js';
import { runQuickstart } from './quickstart.js';
import { runInOrder, tellFailure } from './run-in-order.js';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    return tellFailure(error, 2);
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  return runInOrder((cleanup, end) => runQuickstart(options, { env: process.env, cleanup, end }));
}
