import ssh from 'ssh2';
import { readSshPublicKey } from '../../coordinator/security/ssh/index.js';

/** Where somebody logs in, and by what. */
interface PasswordLogin {
  readonly port: number;
  /** The only key that the server may have, as OpenSSH writes it. */
  readonly hostKey: string;
  readonly password: string;
}

/** Runs a command as root at a server of this machine, by a password and nothing else; rejects where that is not taken. */
export async function runByPassword({ port, hostKey, password }: PasswordLogin, command: string): Promise<string> {
  const known = readSshPublicKey(hostKey);
  if (!known.ok) throw new Error(known.problem.expected);
  const client = new ssh.Client();
  try {
    return await new Promise<string>((resolve, reject) => {
      client.on('error', reject).once('ready', () => {
        client.exec(command, (error, channel) => {
          if (error !== undefined) {
            reject(error);
            return;
          }
          let said = '';
          channel.on('data', (chunk: Buffer) => (said += chunk.toString()));
          channel.once('close', () => resolve(said.trim()));
        });
      });
      client.connect({
        ...{ host: '127.0.0.1', port, username: 'root', password, authHandler: ['password'], readyTimeout: 20_000 },
        hostVerifier: (key: Buffer) => key.equals(known.key.blob),
      });
    });
  } finally {
    client.end();
  }
}
