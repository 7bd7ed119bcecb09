/** A command that could not be started or ended with an error; the message has the command line and the end of what it said. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';

  constructor(command: string, args: readonly string[], why: string) {
    super(`${[command, ...args].join(' ')}: ${why.trim()}`);
  }
}
