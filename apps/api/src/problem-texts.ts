import type { ProblemCode } from './problems.ts';

/** What each problem means and what to do about it, for people; a code without a text is an error. */
export const problemTexts: Record<ProblemCode, { meaning: string; remedy: string }> = {
  'malformed-request': {
    meaning:
      'The request is not HTTP as it should be: its path is badly percent-encoded, its head cannot be read or names no host, or its body was cut short.',
    remedy: 'Look at how the request is put together, or let an HTTP library do it.',
  },
  'invalid-json': {
    meaning: 'The body is empty, is not JSON, or is not UTF-8.',
    remedy: 'Send the body as JSON in UTF-8; the detail says where reading it came to an end.',
  },
  unauthenticated: {
    meaning: 'There is no token with the request, or one that is not to be trusted.',
    remedy:
      'Send a token as Authorization: Bearer …; the detail says what is wrong with the one that was sent. One that has expired has to be replaced by a new one.',
  },
  forbidden: {
    meaning:
      'The token is good, but does not allow this. Or, where nobody is asked for a token, a web page of another origin asks for it, or somebody by a name that is none of this service. Nothing was changed.',
    remedy:
      'Ask for a token with the scope that the detail names, or place orders for its own user only. Without tokens, ask by an address, as localhost, or by the name that HOST is set to.',
  },
  'not-found': {
    meaning: 'The service has no such path.',
    remedy: 'Look the path up in the contract, under /docs.',
  },
  'order-not-found': {
    meaning:
      'There is no order with this id: none was ever accepted, it was deleted long after its end, or it is not yours to see.',
    remedy:
      'Check the id. If the answer to placing it was lost, place it again under the same id: one that was accepted before, and one that was deleted, is answered with 409.',
  },
  'method-not-allowed': {
    meaning: 'The path is known, but not with this method.',
    remedy: 'Use one of the methods that the Allow header of the answer lists.',
  },
  'request-timeout': {
    meaning: 'The request was begun and not sent as a whole in the time there is for it.',
    remedy: 'Send it again, all at once; split a batch that takes minutes to be sent.',
  },
  'order-exists': {
    meaning: 'An order with this id was accepted before. Nothing was changed.',
    remedy: 'Read the order that is there, or choose another id if this is another order.',
  },
  'order-not-cancellable': {
    meaning: 'The order has ended; current_status says how. Nothing was changed.',
    remedy:
      'An order that is Completed cannot be called off any more; one that is Failed need not be.',
  },
  'order-not-retryable': {
    meaning:
      'Only an order that is Failed or Cancelled can be tried again; current_status says where this one stands.',
    remedy:
      'Wait for the order to end. To do a completed one once more, place it under another id.',
  },
  'idempotency-key-in-flight': {
    meaning: 'Another request with the same Idempotency-Key is being answered at this moment.',
    remedy: 'Wait as long as Retry-After says, then send the same request again.',
  },
  'idempotency-key-reused': {
    meaning: 'Another order was placed under this Idempotency-Key before. Nothing was changed.',
    remedy: 'Take a new key for each order, and the same one only to repeat the same request.',
  },
  'beyond-the-feed': {
    meaning:
      'The event to go on behind lies beyond the end of the feed: it is one of another database, or of this one before it was restored from a backup.',
    remedy:
      'Read anew, from the beginning or from now on, without the id of that event. What has happened since the backup was made is not known any more, and orders that were in hand then are processed again.',
  },
  'body-too-large': {
    meaning: 'The body has more bytes than this path takes.',
    remedy: 'Send less at a time; the detail says how much is taken.',
  },
  'unsupported-media-type': {
    meaning:
      'The Content-Type or the Content-Encoding of the body is one that this path does not understand.',
    remedy: 'Send what the detail names, with headers that say so.',
  },
  'validation-error': {
    meaning: 'The request can be read, but breaks the rules of the contract. Nothing was changed.',
    remedy:
      'Mend what the list of errors names: a pointer leads to the place in the body, a parameter is in the path or the query. Without that, the same request will not succeed.',
  },
  'too-many-requests': {
    meaning:
      'The client has sent more requests in this minute, waits for and follows more at once, or has more batches waiting than one may.',
    remedy:
      'Try again after the seconds in the Retry-After header. The RateLimit header of every answer says how many requests are left.',
  },
  'head-too-large': {
    meaning: 'The path and the headers together have more bytes than can be taken.',
    remedy: 'Send fewer or shorter headers, cookies among them, and a shorter query.',
  },
  'internal-error': {
    meaning: 'The service made a mistake. The request may be as good as it should be.',
    remedy:
      'Tell whoever runs the service the request_id: its log has the cause. Placing an order again under the same id is safe.',
  },
  'database-unavailable': {
    meaning:
      'The database was busy for too long, or its disk is full or gone. An order may or may not have been accepted.',
    remedy:
      'Try again after the seconds in the Retry-After header. Placing an order again under the same id cannot make it two.',
  },
  'queue-full': {
    meaning:
      'So many orders are pending that no more are accepted. An order that was placed alone was not, now or before; of a batch some may have been.',
    remedy:
      'Try again after the seconds in the Retry-After header. More workers shorten the queue.',
  },
  'too-many-followers': {
    meaning: 'As many clients as the service can hold wait for orders or follow them.',
    remedy:
      'Ask without waiting, and not for a stream, or try again after the seconds in the Retry-After header.',
  },
  'too-many-batches': {
    meaning:
      'The batch has waited for half a minute, and others are still being read or answered: this client’s own, or those of many. None of its orders was looked at.',
    remedy:
      'Send it again after the seconds in the Retry-After header, or as lines, which are placed as they come. Batches that were sent before have to be sent and their answers read to the end.',
  },
  'authentication-unavailable': {
    meaning:
      'The keys that tokens are verified with cannot be read. The request was not looked at any further.',
    remedy: 'Try again after the seconds in the Retry-After header.',
  },
  stopping: {
    meaning: 'This process is being stopped, and takes nothing new.',
    remedy: 'Send the request to another process, or try again in a moment.',
  },
};
