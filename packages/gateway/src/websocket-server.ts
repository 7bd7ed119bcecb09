import { WebSocketServer, type ServerOptions } from 'ws';
import { limits } from '@storm/shared/protocol';

/** How long a closing handshake may take before the socket is destroyed, in milliseconds. */
export const closeTimeoutMs = 3_000;

/**
 * The WebSocket server of the gateway, without a port: the owner of an HTTP server hands it upgrades. Every limit of the
 * WebSocket layer is set here, so that a conformance suite which mounts an echo on it tests exactly what clients meet.
 *
 * ws' own defaults (100 MiB a message, 16,384 fragments, 30 s to close) suit trusted peers.
 */
export function buildWebSocketServer(): WebSocketServer {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false, // the gateway keeps its own list
    maxPayload: limits.frameBytes,
    /** Text sent byte by byte, and 64 KiB in small pieces, must still pass: 16 fails that. */
    maxFragments: 64,
    /** Chunks of one frame that wait to be joined. */
    maxBufferedChunks: 1_024,
    closeTimeout: closeTimeoutMs,
    /** Compression costs about 230 KiB a socket. The outbox relies on its absence, too: without it ws never writes later than told. */
    perMessageDeflate: false,
    skipUTF8Validation: false,
    /** No subprotocol is spoken. Without this ws would echo the first one offered, which may be somebody's token. */
    handleProtocols: () => false,
  };
  return new WebSocketServer(options);
}
