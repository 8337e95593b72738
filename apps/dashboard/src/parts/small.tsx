import type { ComponentChildren } from 'preact';
import { asMoment, asWholeMoment } from '../format.ts';
import { orderLink, type Status } from '../route.ts';

/** An order's status: in words, with a colour beside them. */
export function Badge({ status, note }: { status: Status; note?: string | undefined }) {
  return (
    <span class={`badge ${status.toLowerCase()}`}>
      {status}
      {note && <span class="note"> · {note}</span>}
    </span>
  );
}

export function OrderLink({ orderId }: { orderId: string }) {
  return (
    <a class="id" href={orderLink(orderId)}>
      {orderId}
    </a>
  );
}

/** A moment, short; all of it when it is pointed at. */
export function Moment({ at, now }: { at: string; now: number }) {
  return (
    <time dateTime={at} title={asWholeMoment(at)}>
      {asMoment(at, now)}
    </time>
  );
}

/** A part of the page with its heading. */
export function Card(props: {
  title: string;
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}) {
  const id = `card-${props.title.toLowerCase().replaceAll(/\W+/g, '-')}`;
  return (
    <section class={`card ${props.class ?? ''}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** What could not be read, where it would stand. */
export function Trouble({ text }: { text: string | undefined }) {
  return text ? <p class="trouble">{text}</p> : null;
}
