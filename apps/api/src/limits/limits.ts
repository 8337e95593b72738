/** How much of the service clients may take up. */
export interface Limits {
  /** Requests of one client in a minute; 0: as many as it likes. */
  readonly requestsPerMinute: number;
  /** Orders that are pending at once, whoever placed them. */
  readonly mostPending: number;
  /** Requests that are held back, and streams, at once. */
  readonly mostFollowers: number;
  /** The same of one client. */
  readonly mostFollowersPerClient: number;
  /**
   * Who may say, in X-Forwarded-For, whose request it passes on: proxies by their addresses, or
   * how many of them there are. False: nobody.
   */
  readonly trustProxy: number | string[] | false;
}
