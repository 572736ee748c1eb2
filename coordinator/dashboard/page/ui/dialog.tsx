import { useSignal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { problemOf } from '../edge/http.js';
import type { Problem } from '../state/problem.js';
import { ProblemNote } from './notice.js';

/** What is asked before something is done. */
export interface Question {
  readonly title: string;
  /** On the button that does it. */
  readonly yes: string;
  readonly isDangerous?: boolean;
  /** What has to be typed first. */
  readonly typed?: string;
  readonly children?: ComponentChildren;
  /** Throws what is shown instead of the end. */
  readonly act: () => Promise<unknown>;
}

/** Asks, does it, and says why not where it fails. The browser keeps the focus inside, and Escape leaves. */
export function AskDialog({ question, onEnd }: { readonly question: Question; readonly onEnd: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  const typed = useSignal('');
  const isBusy = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  // Closed and not taken away, so that the browser gives the focus back to the button.
  const end = (): void => {
    ref.current?.close();
  };
  const isReady = question.typed === undefined || typed.value === question.typed;
  const act = async (): Promise<void> => {
    isBusy.value = true;
    try {
      await question.act();
      end();
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <dialog ref={ref} aria-labelledby="question" onClose={onEnd}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !isBusy.value) void act();
        }}
      >
        <h2 id="question">{question.title}</h2>
        {question.children}
        {question.typed !== undefined && <Typed wanted={question.typed} typed={typed} />}
        <ProblemNote problem={problem.value} />
        <div class="dialog-actions">
          <button type="button" onClick={end}>
            Cancel
          </button>
          <button
            type="submit"
            class={question.isDangerous === true ? 'danger' : 'primary'}
            disabled={!isReady || isBusy.value}
          >
            {question.yes}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Typed({ wanted, typed }: { readonly wanted: string; readonly typed: Signal<string> }) {
  return (
    <label class="field">
      <span>
        Type <code>{wanted}</code> to go on
      </span>
      <input
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
    </label>
  );
}
