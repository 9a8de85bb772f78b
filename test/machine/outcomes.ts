/**
 * What becomes of a gateway when the machine under it misbehaves: one list, from which docs/when-the-machine-fails.md is
 * made (`scripts/failure-table.ts`) and to which every test of this folder says what it proves.
 */

/** One way to misbehave, and how it ends. */
export interface Outcome {
  /** Cited by the test that proves it. */
  readonly id: string;
  /** What happens to the machine. */
  readonly when: string;
  /** What clients are answered meanwhile. */
  readonly clients: string;
  /** What becomes of jobs, files and credits. */
  readonly work: string;
  /** What the operator sees and does. */
  readonly operator: string;
}

/** Outcomes that belong together. */
export interface OutcomeGroup {
  readonly title: string;
  readonly outcomes: readonly Outcome[];
}

const AGAIN = 'Goes on by itself once there is room.';

/** Every outcome, in the order of the document. */
export const GROUPS: readonly OutcomeGroup[] = [
  {
    title: 'The disk is full',
    outcomes: [
      {
        id: 'disk-full',
        when: 'Nothing can be written any more, the database included',
        clients: 'Creates and uploads are refused as unavailable. Reads are answered.',
        work: 'Nothing is charged. Jobs stay in their state with their credits held, and are tried again every few seconds.',
        operator: `\`/readyz\` answers 503 with the reason. ${AGAIN}`,
      },
      {
        id: 'disk-full/upload',
        when: 'An uploaded file cannot be kept',
        clients: 'The upload is refused as unavailable and leaves no bytes behind.',
        work: 'Jobs without uploads go on.',
        operator: AGAIN,
      },
      {
        id: 'disk-full/result',
        when: 'A finished result cannot be kept',
        clients: 'The job is shown as still running.',
        work: 'It stays in `storing`, its credits held; the result is fetched again, at growing intervals up to a minute, and paid once when it is kept.',
        operator: `The timeline of the job says why it waits. ${AGAIN}`,
      },
      {
        id: 'disk-full/settle',
        when: 'A result was kept and the database has no room to say so',
        clients: 'The job is shown as still running.',
        work: 'The kept result is settled when there is room; it is not fetched a second time and takes no second place on the disk.',
        operator: AGAIN,
      },
      {
        id: 'disk-full/cover',
        when: 'A cover cannot be kept',
        clients: 'The job succeeds, without a cover.',
        work: 'It is paid: the result is what was asked for.',
        operator: 'A warning in the log.',
      },
      {
        id: 'disk-full/renderer-order',
        when: 'The local renderer cannot write an order down',
        clients: 'The job is shown as still running.',
        work: 'It is `unknown`; the same attempt is sent again every 10 s and is one order, however often it was sent. A failed try leaves nothing behind.',
        operator: AGAIN,
      },
      {
        id: 'disk-full/renderer-result',
        when: 'The local renderer cannot keep its video',
        clients: 'The job is shown as still running.',
        work: 'It is drawn again every 10 s; a fault of the disk never counts as a fault of the job. A failed try leaves nothing behind.',
        operator: AGAIN,
      },
      {
        id: 'disk-full/first-start',
        when: 'The disk is full before the first start is done',
        clients: 'Nothing listens.',
        work: 'Whatever was written is used or written anew by the next start.',
        operator: 'One line that says so, exit code 4. The admin key is shown by the start that made it.',
      },
      {
        id: 'disk-full/log',
        when: 'The log cannot be written',
        clients: 'Notice nothing.',
        work: 'Goes on.',
        operator: 'Lines are lost; later ones are written again.',
      },
    ],
  },
  {
    title: 'The data folder cannot be used, or is not what it was',
    outcomes: [
      {
        id: 'read-only/start',
        when: 'It is read-only at the start',
        clients: 'Nothing listens.',
        work: 'Untouched.',
        operator: 'One line that names what cannot be written, exit code 4.',
      },
      {
        id: 'read-only/running',
        when: 'Its disk turns read-only while the gateway runs',
        clients: 'Creates and uploads are refused as unavailable. Reads are answered.',
        work: 'Jobs stay where they are and go on after a start on the repaired disk, each paid once.',
        operator: '`/readyz` answers 503 with the reason; SIGTERM still ends the gateway with 0.',
      },
      {
        id: 'folder/gone',
        when: 'It vanishes while the gateway runs, or another one comes in its place',
        clients: 'Creates and uploads are refused as unavailable: a commit into a deleted file would be lost.',
        work: 'Goes on when the folder is back.',
        operator: '`/readyz` answers 503 with the reason. The gateway does not make the folder anew.',
      },
      {
        id: 'log/torn',
        when: 'The write-ahead log of the database lost its end',
        clients: 'Everything before the tear is there.',
        work: 'The books balance; what was committed before the tear goes on to its end, what came after it never was. A result that the local renderer was told to forget, and that the database does not know of any more, is drawn again.',
        operator: 'Nothing to do.',
      },
      {
        id: 'log/garbage',
        when: 'The write-ahead log holds garbage',
        clients: 'Everything before it is there.',
        work: 'As with a torn log: the checksum of every page in it decides where it ends.',
        operator: 'Nothing to do.',
      },
      {
        id: 'database/damaged',
        when: 'The database file is overwritten or cut short',
        clients: 'Nothing listens.',
        work: 'Untouched: nothing is written to a damaged database.',
        operator:
          'One line that says so, exit code 4; a backup is put in its place. Databases over 64 MB are not read through at every start: their damage is found where it is met, and what touches it is refused as unavailable.',
      },
      {
        id: 'key/wrong',
        when: 'The encryption key is not the one the store was made with',
        clients: 'Nothing listens.',
        work: 'Untouched.',
        operator: 'One line that says so, exit code 4; the right key is put back.',
      },
      {
        id: 'key/missing',
        when: 'The file with the encryption key is gone',
        clients: 'Nothing listens.',
        work: 'Untouched; no new key is made.',
        operator: 'One line that says so, exit code 4; the key is put back.',
      },
      {
        id: 'folder/shared',
        when: 'A second gateway is started on it',
        clients: 'Of the first notice nothing.',
        work: 'Untouched.',
        operator: 'One line that says so, exit code 4. A lock left by a killed gateway is not in the way.',
      },
    ],
  },
  {
    title: 'The clock is set',
    outcomes: [
      {
        id: 'clock/forward',
        when: 'An hour forward, over the end of a month, while jobs run; and back and forward again',
        clients: 'Jobs go on, ids grow, addresses of files stay valid.',
        work: 'Every job ends once. The new month begins: its refill comes once, however often its day does, and what is left of the old one expires. A slot horizon that the jump has passed ends its lease early.',
        operator: 'A warning in the log.',
      },
      {
        id: 'clock/back',
        when: 'An hour back while jobs run, with a restart after it',
        clients: 'Jobs go on, ids grow and never repeat, addresses of files stay valid.',
        work: 'Every job of the process is looked at anew, so none waits for an hour that comes twice. Who came first is served first.',
        operator: 'A warning in the log.',
      },
      {
        id: 'clock/limits',
        when: 'Either way, for rate limits',
        clients: 'Notice nothing: limits are kept by a clock that cannot be set.',
        work: 'Goes on.',
        operator: 'Nothing.',
      },
    ],
  },
  {
    title: 'Too much at once',
    outcomes: [
      {
        id: 'sockets/idle',
        when: '1,000 connections that never say a word',
        clients: 'Notice nothing.',
        work: 'Goes on.',
        operator: 'They are closed within half a minute; until then each costs a few kilobytes.',
      },
      {
        id: 'sockets/half-sent',
        when: '200 requests that never end, half of them within their headers, half within their bodies',
        clients: 'Notice nothing.',
        work: 'Goes on; nothing is kept of what is not whole.',
        operator: 'Headers have 20 s. A body has two minutes of silence, or ten in all.',
      },
      {
        id: 'files/limit',
        when: 'No more files or connections may be opened',
        clients:
          'New connections are closed; those that are open are answered, uploads among them refused as unavailable.',
        work: 'Jobs wait and go on when there is room, no fault of the machine is held against them.',
        operator: 'The log says that too many files are open. Raise the limit (`ulimit -n`).',
      },
    ],
  },
];

/** Every outcome by its id. */
export const OUTCOMES: ReadonlyMap<string, Outcome> = new Map(
  GROUPS.flatMap((group) => group.outcomes.map((outcome) => [outcome.id, outcome] as const)),
);
