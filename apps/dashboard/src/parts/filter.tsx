import { everything, type Filter, filterLink, statuses } from '../route.ts';

/** Which orders to show. What is asked for goes into the address, and comes back from there. */
export function FilterForm({ filter }: { filter: Filter }) {
  const apply = (form: HTMLFormElement) => {
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    const status = statuses.find((one) => one === given.get('status')) ?? '';
    location.hash = filterLink({ status, userId: text('user'), orderId: text('order') });
  };
  return (
    <search>
      <form
        // Made anew when the address changes, with what it says.
        key={filterLink(filter)}
        class="filter"
        onSubmit={(event) => {
          event.preventDefault();
          apply(event.currentTarget);
        }}
      >
        <label>
          Status
          <select
            name="status"
            onChange={(event) => event.currentTarget.form && apply(event.currentTarget.form)}
          >
            <option value="">All</option>
            {statuses.map((status) => (
              <option key={status} selected={filter.status === status}>
                {status}
              </option>
            ))}
          </select>
        </label>
        <label>
          User
          <input
            name="user"
            defaultValue={filter.userId}
            spellcheck={false}
            autocapitalize="none"
          />
        </label>
        <label>
          Order
          <input
            name="order"
            defaultValue={filter.orderId}
            spellcheck={false}
            autocapitalize="none"
          />
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
