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
  /** §4.5 prices 15 bytes of text like a second of sound; so long a text is taken to be spoken. Bytes a second. */
  spokenBytesPerS: 15,
  /** §4.12 shows `original_sound_switch` only set: without it the sound stays. */
  swapKeepsSound: true,
  /** §4.7 has no limit of its own for videos. */
  videoReferencesMax: 3,
  /** §4.20: no length of property tours is documented, nor of what the fast model makes. Seconds. */
  propertyTourS: 30,
  fastTourS: 15,
  /** §4.11 answers within the call; so long it is waited for, ms. Then 99999, and the same trace id waits further. */
  maskWaitMs: 60_000,
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
  /** §4.6: the official MCP server asks for 30 where the page names no default. Entries. */
  listPageSize: 30,
  /** §4.6 names the sizes of the newer list of voices, and no default. Entries. */
  speakersPageSize: 20,
  /** §4.20 names the sizes of the list of templates, and no default. Entries. */
  templatesPageSize: 20,
  /** §4.20 names no default. Items. */
  usagePageSize: 20,
  /** §4.6 says nothing about the names of voices. Characters. */
  voiceNameMax: 100,
} as const;

/**
 * Prices the vendor's material has none for (reference/pixverse-platform.md §10.5, Unknown 3), in whole credits. Per
 * started second of the result, but for a picture of an image template. The setting `prices` changes them.
 */
export const OUR_PRICES = {
  // §10.4 by the second: a v5 clip of 5 s.
  'multi-transition.360p': 9,
  'multi-transition.540p': 9,
  'multi-transition.720p': 12,
  'multi-transition.1080p': 24,
  'template.360p': 9,
  'template.540p': 9,
  'template.720p': 12,
  'template.1080p': 24,
  'image-template': 10,
  restyle: 10,
  // Like motion control (§10.5), which also redraws a subject in a video.
  'swap.360p': 9,
  'swap.540p': 10,
  'swap.720p': 12,
  'modify.360p': 9,
  'modify.540p': 10,
  'modify.720p': 12,
  upscale: 5,
  // Like v6 with audio (§10.1).
  'avatar.360p': 7,
  'avatar.540p': 9,
  'avatar.720p': 12,
  'avatar.1080p': 23,
  // Like Music MV (§10.5).
  'agent.viral-recreation.720p': 15,
  'agent.viral-recreation.1080p': 22.5,
  'agent.real-estate.480p': 10,
  'agent.real-estate.720p': 15,
  'agent.real-estate.1080p': 22.5,
} as const;

/** Name of a price of ours. */
export type OurPrice = keyof typeof OUR_PRICES;

/** Every price of ours, whole credits. */
export type OurPrices = Readonly<Record<OurPrice, number>>;
