import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** What becomes of the prompts that models are scored by. */
export const MODEL_SCORE_REASONS = {
  canary_answered: info('The model answered a prompt that it is scored by; how well is told beside it.'),
  canary_absent: warning(
    'It was time to ask the model, and no replica of it was healthy.',
    'See why with headframe miners show.',
  ),
  canary_unreachable: warning(
    'No connection to the replica could be made.',
    'See that it listens at the port named http, and that its host is connected.',
  ),
  canary_late: warning(
    'The model did not answer in time.',
    'Give it more or faster resources, or set modelScores.timeout.',
  ),
  canary_too_large: warning('The model answered more than 1 MiB.', 'See its log: headframe instances logs.'),
  canary_broken_off: warning('The model broke its answer off.', 'See its log: headframe instances logs.'),
  canary_status: warning(
    'The model answered with another status than 200; what it says with that counts for nothing.',
    'See its log: headframe instances logs.',
  ),
  canary_garbage: warning(
    'The answer of the model has no reply in it.',
    'See what it lacks of the contract: headframe models check.',
  ),
  canary_replaced: info('The replica was stopped on purpose while it was asked.'),
  canary_judge_failed: warning(
    'The endpoint that judges answers gave no judgement that can be used; the round counts for nothing.',
    'See modelScores.embedding and modelScores.llm in the configuration, and the endpoint.',
  ),
  canary_failing: warning(
    'The model does not answer prompts that it is scored by, or answers them wrongly.',
    'See headframe models canaries.',
  ),
  canary_recovered: info('The model answers prompts that it is scored by again.'),
  canary_file_invalid: error(
    'The file of prompts that models are scored by cannot be used.',
    'Correct it, or leave modelScores.canariesFile out for the prompts that are built in.',
  ),
  canary_key_unreadable: error(
    'The key of an endpoint that judges answers cannot be read.',
    'Write it as one line into the file, readable by the coordinator alone.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
