import { ModuleJob } from '../../../common/gen/headframe/v1/module_service_pb.js';
import type { Module } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { WAIT_TIMEOUT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';

/** Between two looks, in milliseconds: the first come soon, for small repositories. */
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2_000;

/** A module as it is. Throws HeadframeError (not_found, 'module_not_found'). */
export async function moduleOf(call: Invocation, name: string): Promise<Module> {
  const { modules } = await call.connect();
  const { module } = await modules.getModule({ name }, call.callOptions);
  if (module !== undefined) return module;
  throw new HeadframeError({ code: 'internal', reason: 'answer_empty', message: 'the coordinator gave no module' });
}

/**
 * Waits until nothing is under way for a module. Throws HeadframeError: deadline_exceeded, wait_timeout; failed_precondition
 * with the reason for which its last job failed, unless that is borne.
 */
export async function waitForModule(
  call: Invocation,
  name: string,
  timeoutMs: number,
  { bearFailure = false }: { readonly bearFailure?: boolean } = {},
): Promise<Module> {
  const { clock } = call.world;
  const untilMs = clock.monotonicMs() + timeoutMs;
  for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS)) {
    const module = await moduleOf(call, name);
    if (module.job === ModuleJob.UNSPECIFIED) return bearFailure ? module : requireDone(module);
    if (clock.monotonicMs() > untilMs) throw timedOut(name, timeoutMs);
    await clock.sleep(lookMs, call.signal);
  }
}

function requireDone(module: Module): Module {
  const { failure } = module;
  if (failure === undefined) return module;
  const { reason, text, remedy } = failure;
  const message = `module ${module.name}: ${text}`;
  throw new HeadframeError({ code: 'failed_precondition', reason, message, ...(remedy === '' ? {} : { remedy }) });
}

function timedOut(name: string, timeoutMs: number): HeadframeError {
  return new HeadframeError({
    ...{ code: 'deadline_exceeded', reason: WAIT_TIMEOUT },
    message: `waited ${String(timeoutMs / 1000)} s in vain for module ${name}`,
    remedy: `What was asked for goes on: see headframe modules show ${name}.`,
  });
}
