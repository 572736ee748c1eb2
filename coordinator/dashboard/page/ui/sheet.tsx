import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Something that is read before one goes on. */
interface SheetProps {
  readonly title: string;
  readonly onEnd: () => void;
  readonly children: ComponentChildren;
}

/** Shows something above the page; the browser keeps the focus inside, and gives it back at the end. */
export function Sheet({ title, onEnd, children }: SheetProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return (
    <dialog ref={ref} class="sheet" aria-label={title} onClose={onEnd}>
      {children}
      <div class="dialog-actions">
        <button type="button" onClick={() => ref.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
