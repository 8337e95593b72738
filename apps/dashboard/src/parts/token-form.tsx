import type { TokenNeed } from '../service.ts';

/** Asks for a token where the service wants one. */
export function TokenForm({ need, onToken }: { need: TokenNeed; onToken(token: string): void }) {
  return (
    <form
      class="card token"
      onSubmit={(event) => {
        event.preventDefault();
        const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
        if (token) onToken(token);
      }}
    >
      <h1>Who are you?</h1>
      <p>
        This service wants a token. It is kept in this page's memory alone: when you reload or close
        the page, it is forgotten.
      </p>
      {need === 'refused' && (
        <p class="trouble" role="alert">
          This token is not accepted. It may have run out.
        </p>
      )}
      <label>
        Token
        <input
          name="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          autofocus
        />
      </label>
      <button type="submit" class="primary">
        Go on
      </button>
    </form>
  );
}
