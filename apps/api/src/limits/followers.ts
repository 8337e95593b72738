import type { Request, Response } from 'express';
import { Problem } from '../problems.ts';
import { clientOf } from './client.ts';
import type { Limits } from './limits.ts';

/** Places for those whose answers take their time: who waits for an order, or reads a stream. */
export interface Followers {
  /**
   * Takes a place.
   *
   * @returns a function that gives it back
   * @throws Problem when there is none left, for this client or for anybody
   */
  enter(res: Response): () => void;
}

type Most = Pick<Limits, 'mostFollowers' | 'mostFollowersPerClient'>;

export function createFollowers({ mostFollowers, mostFollowersPerClient }: Most): Followers {
  const ofClient = new Map<string, number>();
  let inAll = 0;

  return {
    enter(res) {
      const client = clientOf(res.req as Request, res);
      const held = ofClient.get(client) ?? 0;
      const headers = { 'Retry-After': '5' };
      if (held >= mostFollowersPerClient) {
        const detail = `A client may wait for and follow ${mostFollowersPerClient} at once`;
        throw new Problem('too-many-requests', detail, { headers });
      }
      if (inAll >= mostFollowers) {
        throw new Problem('too-many-followers', 'Ask without waiting, or later', { headers });
      }
      inAll += 1;
      ofClient.set(client, held + 1);
      return () => {
        inAll -= 1;
        const left = (ofClient.get(client) ?? 0) - 1;
        if (left > 0) ofClient.set(client, left);
        else ofClient.delete(client);
      };
    },
  };
}
