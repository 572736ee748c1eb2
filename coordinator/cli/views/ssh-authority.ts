import type { GetSshAuthorityResponse, SshAuthority } from '../../../common/gen/headframe/v1/access_service_pb.js';
import type { Cell, View } from '../output/view.js';
import { NOTHING, timeCell } from './cells.js';

/** What `authority ssh` shows. */
export function sshAuthorityView({ current, former }: Pick<GetSshAuthorityResponse, 'current' | 'former'>): View {
  const view =
    current === undefined
      ? []
      : [{ kind: 'facts', title: 'Key of SSH users, for new leases', facts: factsOf(current) } as const];
  const formerOnes = former.map((one) => {
    const facts: [string, Cell][] = [...factsOf(one), ['replaced', timeCell(Number(one.rotatedAtMs))]];
    return { kind: 'facts', title: 'Former, for its leases alone', facts } as const;
  });
  return [...view, ...formerOnes];
}

function factsOf({ fingerprint, publicKey, leases, leaseCount }: SshAuthority): [string, Cell][] {
  const more = leaseCount - leases.length;
  const named = `${String(leaseCount)}: ${leases.join(', ')}${more > 0 ? `, and ${String(more)} more` : ''}`;
  return [
    ['fingerprint', fingerprint],
    ['public key', publicKey],
    ['leases', leaseCount === 0 ? NOTHING : named],
  ];
}
