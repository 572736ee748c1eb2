// `npm run quickstart`, once deploy/bootstrap has brought up an engine and a NATS server: DOCKER_HOST and NATS_URL tell where.
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { Cleanup } from './cleanup.js';
import { Interrupted, listenForInterrupts } from './interrupts.js';
import { USAGE, parseOptions } from './options.js';
import type { Options } from './options.js';
import { runQuickstart } from './quickstart.js';
import { say } from './say.js';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    return tell(error, 2);
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const interrupts = listenForInterrupts();
  const cleanup = new Cleanup();
  let code = 0;
  try {
    await runQuickstart(options, { env: process.env, cleanup, end: interrupts.end });
  } catch (error) {
    code = tell(error, 1);
  }
  if (!(await cleanup.run(interrupts.force))) return code || 1;
  say('everything that was started is ended and removed');
  return code;
}

function tell(error: unknown, code: number): number {
  if (error instanceof Interrupted) return 130;
  const { message, remedy, violations } = toHeadframeError(error);
  say(message);
  for (const { document = '', path, expected } of violations) say(`  ${document} ${path}: expected ${expected}`);
  if (remedy !== undefined) say(remedy);
  // What was not foreseen is for whoever mends it.
  if (!(error instanceof HeadframeError) && error instanceof Error) say(error.stack ?? '');
  return code;
}
