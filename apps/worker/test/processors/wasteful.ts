/** A processor that throws away what it makes, and fails with how much room that takes in bytes. */
import { getHeapSpaceStatistics } from 'node:v8';

const mostKept = 50_000;

export default async function processOrder(): Promise<void> {
  const kept: object[] = [];
  for (let i = 0; i < 50 * mostKept; i++) kept[i % mostKept] = { i };
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  throw new Error(String(young?.physical_space_size));
}
