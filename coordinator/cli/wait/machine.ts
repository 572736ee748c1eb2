import { MachineState } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import type { Machine } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { WAIT_TIMEOUT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';

/** What is waited for. */
interface MachineWait {
  readonly until: 'active' | 'gone';
  readonly timeoutMs: number;
}

/** Between two looks, in milliseconds. */
const LOOK_MS = 500;

/**
 * Waits until a machine is a host, and gives it; or until it is gone. Throws HeadframeError: deadline_exceeded, wait_timeout;
 * failed_precondition with its reason where it has failed.
 */
export async function waitForMachine(
  call: Invocation,
  id: string,
  { until, timeoutMs }: MachineWait,
): Promise<Machine | undefined> {
  const { clock } = call.world;
  const { machines } = await call.connect();
  const untilMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const { machine } = await machines.getMachine({ id }, call.callOptions).catch((error: unknown) => {
      if (until === 'gone' && error instanceof HeadframeError && error.code === 'not_found')
        return { machine: undefined };
      throw error;
    });
    if (machine === undefined) return undefined;
    if (machine.state === MachineState.FAILED) throw failed(machine);
    if (until === 'active' && machine.state === MachineState.ACTIVE) return machine;
    if (clock.monotonicMs() > untilMs) throw timedOut(machine, until, timeoutMs);
    await clock.sleep(LOOK_MS, call.signal);
  }
}

function failed({ id, reason, text }: Machine): HeadframeError {
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason, message: `machine ${id} has failed: ${text}` },
    remedy: `See headframe machines show ${id}; then headframe machines retry ${id}, or release it.`,
  });
}

function timedOut({ id, reason, text }: Machine, until: string, timeoutMs: number): HeadframeError {
  return new HeadframeError({
    ...{ code: 'deadline_exceeded', reason: WAIT_TIMEOUT },
    message: `waited ${String(timeoutMs / 1000)} s in vain for machine ${id} to be ${until}: ${reason}, ${text}`,
    remedy: `What was asked for goes on: see headframe machines show ${id}.`,
  });
}
