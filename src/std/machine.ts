/**
 * System errors that speak of the machine under the program and not of what was asked for: the same call may succeed
 * when the disk has room again. What they mean, as the end of a sentence that begins with "because".
 */
const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'no disk space is left',
  EDQUOT: 'no disk space is left',
  EFBIG: 'no disk space is left',
  EROFS: 'the disk cannot be written',
  EPERM: 'the disk cannot be written',
  EACCES: 'the disk cannot be written',
  EIO: 'the disk cannot be used',
  EMFILE: 'too many files and connections are open',
  ENFILE: 'too many files and connections are open',
  ENOMEM: 'no memory is left',
  EAGAIN: 'the machine runs too many processes',
  ERR_WORKER_INIT_FAILED: 'the machine runs too many processes',
};

/** How the same faults read where a loader or a library kept only the system's words. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:EMFILE|ENFILE|too many open files)\b/i, 'too many files and connections are open'],
  [/\b(?:ENOSPC|no space left on device)\b/i, 'no disk space is left'],
];

/** What is wrong with the machine where that is what the error, or a cause of it, says; else undefined. */
export function machineFault(error: unknown): string | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    const code = (each as NodeJS.ErrnoException).code;
    const fault = code === undefined ? undefined : FAULTS[code];
    if (fault !== undefined) return fault;
    for (const [pattern, meaning] of WORDS) if (pattern.test(each.message)) return meaning;
  }
  return undefined;
}
