import { useSignal } from '@preact/signals';
import { useDesk } from '../desk.js';
import type { Method } from '../state/permits.js';
import { AskDialog } from './dialog.js';
import type { Question } from './dialog.js';

/** A button and what it asks before it does something. */
interface ActionProps {
  readonly name: string;
  /** That it calls; who may not is told why. */
  readonly method: Method;
  readonly question: Question;
  readonly look?: 'primary' | 'danger' | 'plain';
  /** Why it is of no use now. */
  readonly idle?: string | undefined;
}

/** A button that asks, then acts; disabled, with the reason, for those who may not or where it is of no use. */
export function Action({ name, method, question, look = 'plain', idle }: ActionProps) {
  const desk = useDesk();
  const isOpen = useSignal(false);
  const why = desk.whyNot(method) ?? idle;
  return (
    <>
      <button
        type="button"
        class={look}
        aria-disabled={why !== undefined}
        title={why}
        aria-label={why === undefined ? name : `${name}. ${why}`}
        onClick={() => {
          if (why === undefined) isOpen.value = true;
        }}
      >
        {name}
      </button>
      {isOpen.value && <AskDialog question={question} onEnd={() => (isOpen.value = false)} />}
    </>
  );
}
