import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { follow, useDesk } from '../desk.js';
import { after, onNextPicture } from '../edge/browser.js';
import { LogBook } from '../state/log-book.js';
import { Empty } from './card.js';

/** Within it of the end one counts as being there, in pixels. */
const NEAR_END = 40;

/** What there may be soon: nothing of it is told before it has begun, or before its host is heard again. */
const EARLY = ['build_log_unknown', 'not_running', 'tunnel_not_opened', 'tunnel_broken', 'host_not_connected'];
const AGAIN_MS = 700;

/** Whose words are shown. */
interface LogsProps {
  /** `logs/ID` or `build/ID`. */
  readonly topic: string;
  /** What it is called, for those who do not see it. */
  readonly name: string;
  /** How many lines of before are wanted, where that can be said. */
  readonly tail?: number;
  /** Whether it may begin later. */
  readonly isAwaited?: boolean;
}

/** What an instance or a build says, as it comes; text alone, whatever it is. It stays at the end for as long as one is there. */
export function Logs(props: LogsProps) {
  const { lines, end } = useLines(props);
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  });
  return (
    <>
      <div
        class="log"
        role="log"
        aria-label={props.name}
        aria-live="off"
        tabIndex={0}
        ref={box}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
        }}
      >
        {lines.length === 0 && <Empty title="It has said nothing yet" />}
        {lines.map(({ number, stream, text }) => (
          <div key={`${stream} ${String(number)}`} class={`log-line log-${stream}`}>
            {text}
          </div>
        ))}
      </div>
      {end !== '' && <p class="muted">{end}</p>}
    </>
  );
}

/** The lines of a topic as they come, and why no more do; '' while they may. */
function useLines({ topic, tail, isAwaited = false }: LogsProps) {
  const { link } = useDesk();
  const book = useRef(new LogBook());
  const version = useSignal(0);
  const end = useSignal('');
  useEffect(() => {
    const show = onNextPicture(() => (version.value += 1));
    let stop: () => void = () => undefined;
    const listen = (): void => {
      stop = link.listen({
        ...{ topic, wish: tail === undefined ? {} : { tail } },
        onAnew: () => {
          book.current.clear();
        },
        take: ({ type, data }) => {
          if (type === 'Logs') {
            // As the topic is documented.
            const { stream, text } = data as { stream: 'stdout' | 'stderr'; text: string };
            book.current.take(stream, text);
          } else if (type === 'End') end.value = 'There is nothing more.';
          else if (type === 'Error') {
            // As above.
            const { reason, detail } = data as { reason: string; detail: string };
            if (isAwaited && EARLY.includes(reason)) stop = after(AGAIN_MS, listen);
            else end.value = detail;
          }
          show();
        },
      });
    };
    listen();
    return () => {
      stop();
    };
  }, [topic, tail, isAwaited]);
  follow(version);
  return { lines: book.current.lines, end: end.value };
}
