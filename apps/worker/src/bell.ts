/** Lets a loop sleep until somebody has news for it. A ring that nobody awaits is not lost. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, at once when it rang since the last call, or after `ms`. */
  heard(ms: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: () => void = () => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async heard(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
    },
  };
}
