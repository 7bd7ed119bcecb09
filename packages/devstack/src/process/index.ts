export { startChild, type Child, type ChildOptions, type Exit, type StopOptions } from './child.js';
export { CommandFailed } from './command-failed.js';
export { freePort, requireFree } from './free-port.js';
export { logTail } from './log-tail.js';
export { run, type RunOptions } from './run.js';
export { sayOnTerminal, silent, step, type Say, type Step } from './say.js';
export { waitUntil, type WaitOptions } from './wait-until.js';
export { isExecutable, which } from './which.js';
