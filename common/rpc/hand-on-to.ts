import type { Duplex } from 'node:stream';
import type { Clock } from '../model/clock.js';
import { CarriedCall } from './carry-call.js';
import type { HandedOutcome } from './carry-call.js';
import type { HandOn } from './hand-on.js';
import { handConnection } from './handed-connection.js';
import { askRevision } from './handed-question.js';
import { PeerSessions } from './peer-sessions.js';
import type { PeerSessionsParts } from './peer-sessions.js';

/** What calls are handed on by, and to whom. */
export interface HandOnParts
  extends Omit<PeerSessionsParts, 'clock' | 'most'>, Pick<HandOn, 'authorize' | 'refusal' | 'takes'> {
  readonly clock: Clock;
  /** Told of each call that is over. */
  readonly onOver?: ((outcome: HandedOutcome) => void) | undefined;
  /** Connections for calls, and as many for those of another protocol; default 50. */
  readonly most?: number | undefined;
}

const MOST_SESSIONS = 50;

/** What hands calls on until it is closed. */
export interface HandingOn {
  readonly handOn: HandOn;
  /** Hands on a connection of another protocol from that address; see `handConnection`. */
  connect(peer: string): Promise<Duplex>;
  /** Asks for the revision of whoever calls are handed to; see `askRevision`. */
  revision(): Promise<number | undefined>;
  /** Ends what is under way: what never left is refused, the rest fails with 'leader_lost'. */
  close(): void;
}

/** Hands calls on, byte by byte, to whoever is to be called at this moment. */
export function handOnTo({
  authorize,
  refusal,
  takes,
  most = MOST_SESSIONS,
  onOver = () => undefined,
  ...parts
}: HandOnParts): HandingOn {
  const { clock } = parts;
  const open = (atMost: number): PeerSessions => new PeerSessions({ ...parts, most: atMost });
  // Apart from each other: connections that strangers make leave room for calls, and by questions is known how old what is told may be.
  const sessions = { calls: open(most), connections: open(most), questions: open(1) };
  const calls = new Set<CarriedCall>();
  const handOn: HandOn = {
    ...{ authorize, refusal, takes },
    carry: (call) => {
      const carry = { sessions: sessions.calls, clock, refusal };
      const over = (ended: CarriedCall, outcome: HandedOutcome): void => {
        calls.delete(ended);
        onOver(outcome);
      };
      calls.add(new CarriedCall(call, carry, over));
    },
  };
  return {
    handOn,
    connect: (peer) => handConnection(peer, { sessions: sessions.connections, clock }),
    revision: () => askRevision({ sessions: sessions.questions, clock }),
    close: () => {
      for (const call of [...calls]) call.end();
      for (const each of Object.values(sessions)) each.close();
    },
  };
}
