import { Option } from 'commander';
import { EXIT_CODES } from '../exit-codes.js';
import { durationArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { modelReportView } from '../views/models.js';

interface CheckOptions {
  /** Milliseconds. */
  readonly timeout: number;
}

/** `models …`. */
export const addModels: Registrar = (program, run) => {
  const models = program.command('models').description('Look at AI models that are served by the contract for chat.');
  models
    .command('check')
    .description(
      'Ask a model by each route of the contract, /health, /info and /api/chat, and tell point by point how it meets it. Asks no coordinator.',
    )
    .argument('<url>', 'where the model is served, such as http://10.0.0.7:3000')
    .addOption(
      new Option('--timeout <duration>', 'longest time for each answer')
        .argParser(durationArgument)
        .default(30_000, '30s'),
    )
    .action(run((call, url: string, options: CheckOptions) => check(call, url, options)));
};

async function check(call: Invocation, text: string, { timeout }: CheckOptions): Promise<void> {
  // Other commands need none of it.
  const { checkModel, modelUrl } = await import('../../kinds/model/index.js');
  const terms = { clock: call.world.clock, timeoutMs: timeout, signal: call.signal };
  const report = await checkModel(modelUrl(text), terms);
  await call.printer.plain(
    () => report,
    (viewing) => modelReportView(report, viewing),
  );
  if (!report.conforms) call.exitCode = EXIT_CODES.failed.code;
}
