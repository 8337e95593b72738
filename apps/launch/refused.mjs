/** Something that a person can put right. The message says how; it is shown without a stack. */
export class Refused extends Error {}
