/** Something that changes, and tells who wants to know. */
export interface Value<T> {
  get(): T;
  set(value: T): void;
  /** @returns a function after which nothing more is told */
  subscribe(onChange: () => void): () => void;
}

export function createValue<T>(initial: T): Value<T> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of listeners) listener();
    },
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}
