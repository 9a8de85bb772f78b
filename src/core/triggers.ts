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

/** Words in the name of an uploaded file that make its upload fail, and the code it fails with: `cat.reelpool-moderated.png`. */
export const UPLOAD_TRIGGERS = {
  moderated: 'moderated',
  failed: 'upload_failed',
  unreadable: 'image_unreadable',
} as const;

/** The code that an upload of this name is to fail with. */
export function uploadTriggerIn(fileName: string): (typeof UPLOAD_TRIGGERS)[keyof typeof UPLOAD_TRIGGERS] | undefined {
  const name = /reelpool-([a-z]+)/.exec(fileName)?.[1] ?? '';
  return Object.hasOwn(UPLOAD_TRIGGERS, name) ? UPLOAD_TRIGGERS[name as keyof typeof UPLOAD_TRIGGERS] : undefined;
}
