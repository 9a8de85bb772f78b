/**
 * Small disks for tests, each seen by nobody but the processes that a test starts in it. A process holds a mount
 * namespace open; when it ends, with its test or however, the kernel takes its mounts away: nothing is left behind.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MIB = 1024 * 1024;

/** A file that every disk has. */
export const BALLAST = '.ballast';

/** Ways to a mount namespace of one's own: plainly, for root; through a user namespace, for anybody who may make one. */
const WAYS: readonly (readonly string[])[] = [['-m'], ['-Urm']];

/** True where a script runs to its end in a new namespace, with a folder of its own as `$1`. */
function works(way: readonly string[], script: string): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'reelpool-probe-'));
  try {
    const run = spawnSync('unshare', [...way, 'sh', '-ec', script, 'sh', folder], { stdio: 'ignore', timeout: 20_000 });
    return run.status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Changes a mount. Without the option, mount repeats what the kernel shows of it, and other users' numbers are refused. */
const REMOUNT = 'mount --options-mode=ignore -o remount';
const TMPFS = `mount -t tmpfs -o size=2m tmpfs "$1"; ${REMOUNT},size=1m "$1"`;
const EXT4 = `${TMPFS}; cd "$1"; truncate -s 512k image; mkfs.ext4 -q -F image; mkdir disk; mount -o loop image disk`;

const way = WAYS.find((each) => works(each, TMPFS));

/** Why there are no small disks here; false where there are. */
export const noDisk: string | false = way ? false : 'mounting needs root or user namespaces, and unshare';

/** Why there are no disks here that can fail while files are open; false where there are. */
export const noFailingDisk: string | false =
  way && works(way, `${EXT4}; mount -o remount,abort disk`) ? false : 'needs root, loop devices and mkfs.ext4';

/** Anything with an end to hook on. */
interface Ending {
  after(end: () => Promise<void> | void): void;
}

/** A folder tree with disks in it, and processes that see them. */
export interface Room {
  /** The tree, as the processes inside see it. */
  readonly path: string;
  /** The same tree as seen from here. */
  readonly outside: string;
  /** What to put before a command so that it runs inside. */
  readonly through: readonly string[];
  /** Mounts a disk of so many MiB at a folder of the tree. */
  mount(at: string, mib: number): Promise<Disk>;
  /** Makes a disk of so many MiB that can fail (`noFailingDisk`), and mounts it at a folder of the tree. */
  mountFailing(at: string, mib: number): FailingDisk;
}

/** A disk that can go read-only under open files, as one does whose file system found an error. */
export interface FailingDisk {
  fail(): void;
  /** Mounts it anew, as a restart of the machine would. Nothing may be using it. */
  repair(): void;
}

/** A small disk. */
export interface Disk {
  /** Takes the free space away but for `leave` bytes (whole pages of 4 KiB). */
  fill(leave?: number): Promise<void>;
  /** Gives the space back. */
  free(): void;
  /** Makes it read-only, or takes that back. No file of it may be open for writing. */
  protect(readOnly: boolean): void;
}

/** A mount namespace of a test's own. */
export async function openRoom(t: Ending): Promise<Room> {
  if (!way) throw new Error(noDisk || '');
  const folder = mkdtempSync(path.join(tmpdir(), 'reelpool-machine-'));
  const holder: ChildProcess = spawn('unshare', [...way, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(holder, 'exit');
  t.after(async () => {
    holder.stdin?.end();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  if (!holder.stdout) throw new Error('no standard output');
  await once(holder.stdout, 'data');
  const user = way.includes('-m') ? [] : ['-U', '--preserve-credentials'];
  const through = ['nsenter', '-t', String(holder.pid), ...user, '-m', '--'];
  const outside = path.join(`/proc/${holder.pid}/root`, folder);
  const run = (script: string): string => {
    const [command = '', ...args] = [...through, 'sh', '-ec', script];
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: '/' });
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout;
  };
  const inTree = (script: string) => run(`cd '${folder}'; ${script}`);
  return {
    path: folder,
    outside,
    through,
    async mount(at, mib) {
      run(`mkdir -p '${folder}/${at}'; mount -t tmpfs -o size=${mib * MIB},mode=700 tmpfs '${folder}/${at}'`);
      // A disk of no pages cannot be had.
      writeFileSync(path.join(outside, at, BALLAST), 'x');
      return smallDisk(run, path.join(folder, at), path.join(outside, at), mib * MIB);
    },
    mountFailing(at, mib) {
      inTree(`truncate -s ${mib}M '${at}.image'; mkfs.ext4 -q -F '${at}.image'; mkdir '${at}'`);
      const mount = () => inTree(`mount -o loop '${at}.image' '${at}'; chmod 700 '${at}'`);
      mount();
      return {
        fail: () => void inTree(`mount -o remount,abort '${at}'`),
        repair() {
          inTree(`umount '${at}'`);
          mount();
        },
      };
    },
  };
}

function smallDisk(run: (script: string) => string, inside: string, outside: string, bytes: number): Disk {
  const resize = (size: number) => run(`${REMOUNT},size=${size} '${inside}'`);
  return {
    async fill(leave = 0) {
      // What a gateway writes between the look and the mount makes the disk too small to be made: look again.
      for (let tries = 0; ; tries++) {
        const { blocks, bfree, bsize } = await statfs(outside);
        try {
          resize((blocks - bfree) * bsize + leave);
          return;
        } catch (error) {
          if (tries === 20) throw error;
        }
      }
    },
    free: () => void resize(bytes),
    protect: (readOnly) => void run(`${REMOUNT},${readOnly ? 'ro' : 'rw'} '${inside}'`),
  };
}
