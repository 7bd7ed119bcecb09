/** A MongoDB that this process started. */
export interface MongoServer {
  /** Without the name of a database or options: `mongodb://127.0.0.1:PORT/`. */
  readonly url: string;
  readonly port: number;
  /** The process that answers on the port. */
  readonly pid: number;
  readonly logFile: string;
  /** Settles when all of it has ended, for whatever reason. */
  readonly exited: Promise<unknown>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Kills all of it at once, as a power cut would. What was acknowledged is there after the next start. */
  crash(): Promise<void>;
}
