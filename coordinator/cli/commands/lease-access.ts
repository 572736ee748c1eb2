import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { IssueCertificateResponseSchema } from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import { parseDuration } from '../../../common/model/units.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';
import { write } from '../world.js';
import { carryStdio } from './lease-dial.js';
import { sshIntoLease } from './lease-ssh.js';
import type { LeaseSshOptions } from './lease-ssh.js';

interface CertificateOptions {
  readonly key: string;
  readonly out?: string;
  readonly life?: string;
}

const LEASE = ['<lease>', 'id of the lease'] as const;

/** `lease ssh|proxy|cert`. */
export const addLeaseAccess: Registrar = (program, run) => {
  const leases = groupOf(program);
  leases
    .command('ssh')
    .description(
      "Log in to a lease with the system's ssh, by a fresh key and its certificate; ends with ssh's own exit code.",
    )
    .argument(...LEASE)
    .argument('[ssh...]', 'options and a command for ssh, after --')
    .option('-i, --identity <file>', 'use this private key, with its .pub beside it, in place of a fresh one')
    .option('--direct', "connect to the host's address and port in place of its agent's tunnel")
    .option(
      '--exec',
      'no SSH: run a shell in the container through the agent, for images whose SSH server does not run',
    )
    .action(
      run((call, id: string, ssh: readonly string[], options: LeaseSshOptions) =>
        sshIntoLease(call, { id, ssh }, options),
      ),
    );
  leases
    .command('proxy')
    .description("Carry stdin and stdout to a port of a lease through its host's agent, as ssh's ProxyCommand.")
    .argument(...LEASE)
    .option('--port <port>', 'one of its ports inside of the container; else SSH')
    .action(run((call, id: string, { port }: { readonly port?: string }) => carryStdio(call, id, portOf(port))));
  leases
    .command('cert')
    .description('Certify a public key for a lease, until the lease ends; prints the certificate.')
    .argument(...LEASE)
    .requiredOption('--key <file>', 'the public key: a .pub file')
    .option('--out <file>', 'write it there, such as id_ed25519-cert.pub beside the key')
    .option('--life <duration>', 'let it last no longer than this, such as 8h')
    .action(run(certify));
};

/** The subject has other commands as well. */
function groupOf(program: Command): Command {
  const found = program.commands.find((command) => command.name() === 'lease');
  return found ?? program.command('lease').description('Rent parts of hosts, with a root shell by SSH.');
}

async function certify(call: Invocation, lease: string, { key, out, life }: CertificateOptions): Promise<void> {
  const publicKey = await readFile(key, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError('key_unreadable', `the key cannot be read: ${why}`, 'Name the .pub file of a key.');
  });
  const lifeMs = life === undefined ? 0n : BigInt(durationOf(life));
  const { leaseAccess } = await call.connect();
  const response = await leaseAccess.issueCertificate({ lease, publicKey, lifeMs }, call.callOptions);
  if (out !== undefined) await writeFile(out, `${response.certificate}\n`, { mode: 0o644 });
  if (call.globals.output === 'json' || out !== undefined)
    await call.printer.message(IssueCertificateResponseSchema, response, () => [
      { kind: 'text', text: `${out ?? 'The certificate'} lets in to ${lease}.` },
    ]);
  else await write(call.world.stdout, `${response.certificate}\n`);
}

function portOf(text = '0'): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw usageError('bad_port', `${JSON.stringify(text.slice(0, 20))} is no port`, 'Give a number from 1 to 65535.');
}

function durationOf(text: string): number {
  const read = parseDuration(text);
  if (read !== undefined && read > 0) return read;
  throw usageError(
    'bad_duration',
    `${JSON.stringify(text.slice(0, 20))} is no duration`,
    'Give one such as 30m or 8h.',
  );
}
