import { create } from '@bufbuild/protobuf';
import { HostSchema } from '../../../common/gen/headframe/v1/host_pb.js';
import type { Host } from '../../../common/gen/headframe/v1/host_pb.js';
import type { Invocation } from '../invocation.js';

/** The host of that id or unique name. Throws HeadframeError (not_found) with a suggestion. */
export async function hostNamed(call: Invocation, host: string): Promise<Host> {
  const { hosts } = await call.connect();
  const response = await hosts.getHost({ host }, call.callOptions);
  return response.host ?? create(HostSchema);
}
