import { run } from '../../process/run.js';
import { which } from '../../process/which.js';

/** Folders of this machine that appear inside the tree. */
export interface Rooms {
  /** Root of the file tree. */
  tree: string;
  /** Seen inside as `/data/db`. */
  data: string;
  /** Seen inside as `/run/postgresql`: the socket, by which the outside reaches PostgreSQL. */
  sockets: string;
}

export const inside = { data: '/data/db', sockets: '/run/postgresql', bin: '/usr/lib/postgresql/18/bin' } as const;

const wrap = [
  ...['--user', '--map-user=999', '--map-group=999', '--keep-caps'],
  ...['--mount', '--pid', '--fork', '--kill-child'],
] as const;

/** Runs in the new namespaces, before the change of root; the kernel's lock ends with the last process that holds it. */
const enter = `
set -e
tree=$1 data=$2 sockets=$3
shift 3
mount --rbind /dev "$tree/dev"
mount -t proc proc "$tree/proc"
mount --bind "$data" "$tree${inside.data}"
mount --bind "$sockets" "$tree${inside.sockets}"
exec chroot "$tree" "$@"`;

/**
 * A command line that runs a program of the tree: chrooted, as the tree's libc is newer than the machine's; as user 999, as
 * PostgreSQL refuses root; in a pid namespace, so that all it started dies with it. Needs no root.
 */
export function inTree(
  { tree, data, sockets }: Rooms,
  program: string,
  args: readonly string[],
): { command: string; args: string[] } {
  return { command: 'unshare', args: [...wrap, '/bin/sh', '-c', enter, 'sh', tree, data, sockets, program, ...args] };
}

/** Throws with the next thing to try where this machine does not let its user make namespaces. */
export async function requireNamespaces(): Promise<void> {
  if (process.platform !== 'linux' || !which('unshare'))
    throw new Error('FerretDB on PostgreSQL runs on Linux with util-linux alone');
  try {
    await run('unshare', [...wrap, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  } catch (error) {
    throw new Error(
      `PostgreSQL is run in user namespaces, which are closed here. Try as root: \`sysctl kernel.unprivileged_userns_clone=1\` or ` +
        `\`sysctl kernel.apparmor_restrict_unprivileged_userns=0\`; in a container: \`--security-opt seccomp=unconfined\`.`,
      { cause: error },
    );
  }
}
