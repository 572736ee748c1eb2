import type { ComponentChildren } from 'preact';

/** A part of a page with its heading. */
interface CardProps {
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A framed part of a page. */
export function Card({ title, aside, class: look = '', children }: CardProps) {
  return (
    <section class={`card ${look}`} aria-label={title}>
      <header class="card-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** What stands where there is nothing yet: what would be there, and how it comes there. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && children !== false && <p>{children}</p>}
    </div>
  );
}

/** Names and values below each other. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Where a page is, what it shows, and what can be done there. */
interface PageHeadProps {
  readonly title: string;
  /** The list that the one thing is from. */
  readonly up?: { readonly title: string; readonly href: string };
  readonly about?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The head of a page; its heading is the one that the focus goes to. */
export function PageHead({ title, up, about, children }: PageHeadProps) {
  return (
    <header class="page-head">
      <div class="page-title">
        {up !== undefined && (
          <a class="up" href={up.href}>
            {up.title} <span aria-hidden="true">/</span>
          </a>
        )}
        <h1 id="title" tabIndex={-1}>
          {title}
        </h1>
        {about}
      </div>
      {children !== undefined && <div class="page-actions">{children}</div>}
    </header>
  );
}
