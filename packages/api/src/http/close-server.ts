import type { Server } from 'node:http';

/** Takes no more connections and lets requests end, at most for `deadlineMs`; then cuts what is left. Resolves when all are closed. */
export async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 50); // a kept-alive one goes idle after its last answer
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}
