import { GetFleetStatusResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { minerFromWire } from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import { listMiners } from '../lists.js';
import type { Registrar } from '../runner.js';
import { statusView } from '../views/status.js';

/** `status`. */
export const addStatus: Registrar = (program, run) => {
  program
    .command('status')
    .description('Show the fleet at a glance: hosts, instances, capacity, and why what waits does.')
    .action(run(showStatus));
};

async function showStatus(call: Invocation): Promise<void> {
  const { fleet, address } = await call.connect();
  const status = await fleet.getFleetStatus({}, call.callOptions);
  const miners = call.printer.forPeople ? (await listMiners(call)).miners : [];
  const waiting = miners.filter(({ why }) => why !== undefined).map(minerFromWire);
  await call.printer.message(GetFleetStatusResponseSchema, status, (viewing) =>
    statusView({ address, status, waiting }, viewing),
  );
}
