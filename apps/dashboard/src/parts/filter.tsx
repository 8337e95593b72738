import { useEffect, useRef } from 'preact/hooks';
import { everything, type Filter, filterLink, statuses } from '../route.ts';

/** Which orders to show. What is asked for goes into the address, and comes back from there. */
export function FilterForm({ filter }: { filter: Filter }) {
  const form = useRef<HTMLFormElement>(null);
  // Set from here, not made anew: whoever works by keyboard stays where they are.
  useEffect(() => {
    const set = (name: string, value: string) => {
      const field = form.current?.elements.namedItem(name);
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
        field.value = value;
      }
    };
    set('status', filter.status);
    set('user', filter.userId);
    set('order', filter.orderId);
  }, [filter]);

  const apply = () => {
    const given = new FormData(form.current ?? undefined);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    const status = statuses.find((one) => one === given.get('status')) ?? '';
    location.hash = filterLink({ status, userId: text('user'), orderId: text('order') });
  };
  return (
    <search>
      <form
        ref={form}
        class="filter"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <label>
          Status
          <select name="status" onChange={apply}>
            <option value="">All</option>
            {statuses.map((status) => (
              <option key={status}>{status}</option>
            ))}
          </select>
        </label>
        <label>
          User
          <input name="user" spellcheck={false} autocapitalize="none" autocomplete="off" />
        </label>
        <label>
          Order
          <input name="order" spellcheck={false} autocapitalize="none" autocomplete="off" />
        </label>
        <button type="submit">Find</button>
        {filterLink(filter) !== '#/' && (
          <a class="clear" href={filterLink(everything)}>
            Show all
          </a>
        )}
      </form>
    </search>
  );
}
