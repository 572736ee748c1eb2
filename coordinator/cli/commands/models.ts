import { create } from '@bufbuild/protobuf';
import { Option } from 'commander';
import {
  CheckModelResponseSchema,
  ListCanaryRoundsResponseSchema,
  ListModelScoresResponseSchema,
} from '../../../common/gen/headframe/v1/model_score_service_pb.js';
import { EXIT_CODES } from '../exit-codes.js';
import { durationArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { PAGE_SIZE, allPages } from '../paging.js';
import type { Registrar } from '../runner.js';
import { modelScoresView, replicaReportsView, roundsView } from '../views/model-scores.js';
import { modelReportView } from '../views/models.js';
import { addBuildLog } from './build-log.js';
import { addModelDeploy } from './model-deploy.js';
import { addModelViews } from './model-views.js';

interface CheckOptions {
  /** Milliseconds. */
  readonly timeout: number;
}

/** Three answers of each of a hundred replicas, eight at once, may take this many of the time for one. */
const ANSWERS_IN_TURN = 40;

/** `models …`. */
export const addModels: Registrar = (program, run) => {
  const models = program
    .command('models')
    .description('Deploy AI models, and look at those that are served by the contract for chat.');
  addModelDeploy(models, run);
  addModelViews(models, run);
  addBuildLog(models, run);
  models
    .command('check')
    .description(
      'Ask a model by each route of the contract, /health, /info and /api/chat, and tell point by point how it meets it. A URL is asked from here, and no coordinator; of a miner each replica that runs is asked by the coordinator.',
    )
    .argument('<model>', 'where it is served, such as http://10.0.0.7:3000, or the name of a miner')
    .addOption(
      new Option('--timeout <duration>', 'longest time for each answer')
        .argParser(durationArgument)
        .default(30_000, '30s'),
    )
    .action(run((call, model: string, options: CheckOptions) => check(call, model, options)));
  models
    .command('canaries')
    .description('List what a model was asked to score it, and how that went, the newest first.')
    .argument('<miner>', 'name of the model')
    .action(run(listRounds));
};

/** Lists the scores of models, the best first. */
export async function listModelScores(call: Invocation): Promise<void> {
  const { modelScores } = await call.connect();
  const pages = await allPages((pageToken) =>
    modelScores.listModelScores({ pageSize: PAGE_SIZE, pageToken }, call.callOptions),
  );
  const response = create(ListModelScoresResponseSchema, { scores: pages.flatMap((page) => page.scores) });
  await call.printer.message(ListModelScoresResponseSchema, response, (viewing) =>
    modelScoresView(response.scores, viewing),
  );
}

async function check(call: Invocation, model: string, options: CheckOptions): Promise<void> {
  const conforms = /^[a-z][a-z0-9-]*$/.test(model)
    ? await checkMiner(call, model, options)
    : await checkUrl(call, model, options);
  if (!conforms) call.exitCode = EXIT_CODES.failed.code;
}

async function checkUrl(call: Invocation, text: string, { timeout }: CheckOptions): Promise<boolean> {
  // Other commands need none of it.
  const { checkModel, modelUrl } = await import('../../kinds/model/index.js');
  const terms = { clock: call.world.clock, timeoutMs: timeout, signal: call.signal };
  const report = await checkModel(modelUrl(text), terms);
  await call.printer.plain(
    () => report,
    (viewing) => modelReportView(report, viewing),
  );
  return report.conforms;
}

async function checkMiner(call: Invocation, miner: string, { timeout: timeoutMs }: CheckOptions): Promise<boolean> {
  const { modelScores } = await call.connect();
  const options = { ...call.callOptions, timeoutMs: ANSWERS_IN_TURN * timeoutMs };
  const response = await modelScores.checkModel({ miner, timeoutMs }, options);
  await call.printer.message(CheckModelResponseSchema, response, (viewing) =>
    replicaReportsView(miner, response.replicas, viewing),
  );
  return response.replicas.every(({ conforms }) => conforms);
}

async function listRounds(call: Invocation, miner: string): Promise<void> {
  const { modelScores } = await call.connect();
  const response = await modelScores.listCanaryRounds({ miner }, call.callOptions);
  await call.printer.message(ListCanaryRoundsResponseSchema, response, (viewing) =>
    roundsView(response.rounds, viewing),
  );
}
