import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Has what nobody holds any more gone. */
export const collectGarbage: () => void = runInNewContext('gc');
