/**
 * Words that make our own renderer fail on purpose, so that whoever builds against a door can meet every ending without
 * waiting for it: `[reelpool:NAME]` anywhere in a text of a request, or `[reelpool:NAME=SECONDS]` where a time belongs to
 * it. Other upstreams never read them. docs/local-upstream.md lists what a client sees.
 */
export const TRIGGERS = {
  moderated: 'the upstream refuses the content after it was accepted',
  failed: 'the generation fails after it was accepted',
  slow: 'the result is held back, 30 seconds unless said otherwise',
  stuck: 'it runs and never ends',
  'lost-answer': 'the order arrives, and the answer to it is lost',
  missing: 'it is done, and the result answers 404: always, or for the seconds said',
  placeholder: 'it is done, and the result is a short grey stand-in of another size',
  'no-pixels': 'it is done, and the result says that it is 0 × 0',
  full: 'the account says once that it has too many jobs, and takes the job the next time',
  overload: 'the upstream says once that it is overloaded, and takes the job the next time',
  late: 'the result comes after the credits went back, a minute after the credit horizon unless said otherwise',
} as const;

export type TriggerName = keyof typeof TRIGGERS;

/** A trigger as it stands in a text. */
export interface Trigger {
  readonly name: TriggerName;
  /** Absent where the text says none. */
  readonly seconds?: number;
}

/** The first trigger in some texts; a name that is none is text like any other. */
export function triggerIn(texts: readonly string[]): Trigger | undefined {
  for (const text of texts) {
    for (const [, name = '', seconds] of text.matchAll(/\[reelpool:([a-z-]+)(?:=(\d{1,6}))?\]/g)) {
      if (!isTrigger(name)) continue;
      return seconds === undefined ? { name } : { name, seconds: Number(seconds) };
    }
  }
  return undefined;
}

function isTrigger(name: string): name is TriggerName {
  return Object.hasOwn(TRIGGERS, name);
}

/**
 * Words in the name (or the address) of an uploaded file, for what only a vendor could say of the file itself:
 * `cat.reelpool-moderated.png`. They count where nothing but our own renderer would take the key's jobs.
 */
export const FILE_TRIGGERS = {
  moderated: 'the upload is refused for what the file shows',
  failed: 'the upload fails at the upstream',
  overload: 'the upload is refused because the upstream is overloaded',
  'not-compliant': 'the upload is taken, and what uses it is refused for what the file shows',
  'no-subject': 'the upload is taken, and motion control finds no clear subject in it',
  'no-person': 'the upload is taken, and motion control finds no person in it',
} as const;

export type FileTrigger = keyof typeof FILE_TRIGGERS;

const IN_FILE_NAME = new RegExp(`reelpool-(${Object.keys(FILE_TRIGGERS).join('|')})(?![a-z])`);

/** The trigger in the name or the address of a file. */
export function fileTriggerIn(name: string): FileTrigger | undefined {
  return IN_FILE_NAME.exec(name)?.[1] as FileTrigger | undefined;
}
