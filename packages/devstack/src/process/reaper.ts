import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Kills what it was told of when its stdin ends, which the kernel sees to however this process ends, SIGKILL included.
 * A shell, not Node: it is there in 2 ms and costs 1 MB. Process groups are given by the pid of their leader.
 */
const script = `
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case "$sign$groups" in
    +*) groups="$groups$group " ;;
    -*" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

let orders: Writable | undefined;

/** From now on the process group dies with this process. */
export function reap(group: number): void {
  orders ??= startReaper();
  orders.write(`+ ${group}\n`);
}

/** The group has ended: its number may soon be another's. */
export function spare(group: number): void {
  orders?.write(`- ${group}\n`);
}

function startReaper(): Writable {
  // In a session of its own, so that Ctrl-C at the terminal does not reach it.
  const reaper = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  reaper.unref();
  (reaper.stdin as unknown as { unref?: () => void }).unref?.();
  reaper.stdin.on('error', () => {});
  return reaper.stdin;
}
