import type { Readable } from 'node:stream';
import type { CallEnd } from './call-end.js';
import { checkMessage } from './definition.js';

/** The reading half of a call, as far as it is used here. */
export type MessageSource<Message> = Pick<Readable, 'on' | 'off' | 'readableEnded'> & { read(): Message | null };

/**
 * The messages of a call in order. Ends when the other side has sent its last, throws the call's error when it failed.
 *
 * Reads by hand instead of `for await` over the stream: that one destroys both directions of a duplex as soon as the
 * reading side is done, and its `break` never reaches the other side. Whoever stops early is told through `onLeave`.
 */
export async function* readMessages<Message>(
  source: MessageSource<Message>,
  end: CallEnd,
  onLeave: () => void,
): AsyncGenerator<Message, void, undefined> {
  let wake: () => void = () => undefined;
  const poke = (): void => {
    wake();
  };
  const offEnd = end.onEnd(poke);
  source.on('readable', poke).on('end', poke);
  try {
    for (;;) {
      const message = source.read();
      if (message !== null) yield checkMessage(message);
      else if (end.error !== undefined) throw end.error;
      else if (end.ended || source.readableEnded) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    offEnd();
    source.off('readable', poke).off('end', poke);
    onLeave();
  }
}
