import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { follow, useDesk } from '../desk.js';
import { onNextPicture } from '../edge/browser.js';
import { LogBook } from '../state/log-book.js';
import { Empty } from './card.js';

const TAIL = 300;
/** Within it of the end one counts as being there, in pixels. */
const NEAR_END = 40;

/** What an instance says, as it comes; text alone, whatever it is. It stays at the end for as long as one is there. */
export function Logs({ id }: { readonly id: string }) {
  const { link } = useDesk();
  const book = useRef(new LogBook());
  const version = useSignal(0);
  const end = useSignal('');
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const show = onNextPicture(() => (version.value += 1));
    return link.listen({
      ...{ topic: `logs/${id}`, wish: { tail: TAIL } },
      onAnew: () => {
        book.current.clear();
      },
      take: ({ type, data }) => {
        if (type === 'Logs') {
          // As the topic is documented.
          const { stream, text } = data as { stream: 'stdout' | 'stderr'; text: string };
          book.current.take(stream, text);
        } else if (type === 'End') end.value = 'The log has ended.';
        // As above.
        else if (type === 'Error') end.value = (data as { detail: string }).detail;
        show();
      },
    });
  }, [id]);
  follow(version);
  const { lines } = book.current;
  useEffect(() => {
    if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  });
  return (
    <>
      <div
        class="log"
        role="log"
        aria-label={`Log of ${id}`}
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
      {end.value !== '' && <p class="muted">{end.value}</p>}
    </>
  );
}
