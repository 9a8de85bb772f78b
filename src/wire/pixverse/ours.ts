/**
 * What the vendor's material leaves open, and what we decided: the one table of our own defaults. Nothing here is a
 * fact about the vendor. Everything else in this folder has its place in reference/pixverse-platform.md.
 */
export const OURS = {
  /** §10.4: no price table of v5.5 was found. It is charged like the model after it. */
  pricedLike: { 'v5.5': 'v5.6' },
  /** §10.3 prints two prices for v5.6 540p 5 s with audio: the main table's for plain clips, the fusion table's for fusion. Credits. */
  v56Audio540p5s: { plain: 90, fusion: 80 },
  /** §10.4 has no row for v4 and v4.5 at 1080p 8 s, and §11 is of two minds: refused, because it has no price. Seconds. */
  v4Longest1080pS: 5,
  /** Unknown 3: nothing says what several shots in one clip cost. Credits added. */
  multiClipSurcharge: 0,
  /** §10.5 prices sound effects as an operation; asked for inside a generation they cost the same. Credits. */
  soundEffectPer5s: 10,
  /** §4.1 says "about 140" for inline speech; beyond the limit of the lip-sync operation (§4.5) it is refused. Characters. */
  speechTextMax: 200,
  /** §4.13, from another client's limit for the operation. Characters. */
  soundEffectTextMax: 2048,
  /** Unknown 9: the integer of `resolution_ratio` is the short side in pixels. */
  resolutionRatio: { '360p': 360, '480p': 480, '540p': 540, '720p': 720, '1080p': 1080 },
  /** Unknown 10: `url` is empty until there is a result, the times are ISO 8601 in UTC. */
  urlWithoutResult: '',
  /** §4.17 names `customer_paths` for videos without its members. */
  customerPaths: {},
  /** Unknown 5: any id of this many characters is remembered per key, method and path; §2 says non-UUIDs are taken. */
  traceIdMax: 128,
} as const;
