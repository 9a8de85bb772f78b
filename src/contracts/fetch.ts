/** Fetches an address that a stranger gave: the guarded fetch of net/, as the engine sees it. */
export interface StrangerFetch {
  /**
   * Opens the address under every guard: http(s) only, at most 3 redirects each checked anew, no private address at
   * connect time, deadline, size cap. Rejects with a `Refusal`: `address_refused` for what the guard forbids,
   * `body_too_large`, or `upload_failed` for what the far side or the network did.
   */
  open(url: string, limits: { maxBytes: number; timeoutMs: number; signal?: AbortSignal }): Promise<FetchedBody>;
}

/** An open answer. */
export interface FetchedBody {
  /** Content type without parameters, in lower case; empty where none was sent. */
  readonly mime: string;
  readonly body: AsyncIterable<Uint8Array>;
}
