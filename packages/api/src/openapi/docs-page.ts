import type { Operation } from '../http/operation.js';
import { permissions } from '../permissions.js';

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`).replace(/`([^`]+)`/g, '<code>$1</code>');

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } td { border-top: 1px solid #ddd; padding: .4rem .6rem; vertical-align: top; }
code { font-family: ui-monospace, monospace; white-space: nowrap; } h2 { margin-top: 2rem; text-transform: capitalize; }`;

/** A page that lists the operations, complete in itself: no script, nothing loaded. */
export function docsPage(operations: readonly Operation[], prefix: string): string {
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const sections = tags.map((tag) =>
    section(
      tag,
      operations.filter((operation) => operation.tag === tag),
      prefix,
    ),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Storm API</title><style>${style}</style></head>
<body><h1>Storm API</h1>
<p>All operations, with their schemas: <a href="${escape(prefix)}/openapi.json">openapi.json</a> (OpenAPI 3.1).
The frames of the WebSocket: <a href="${escape(prefix)}/asyncapi.json">asyncapi.json</a> (AsyncAPI 3).</p>
${sections.join('\n')}
</body></html>
`;
}

const section = (tag: string, operations: readonly Operation[], prefix: string): string =>
  `<h2>${escape(tag)}</h2><table>${operations.map((operation) => row(operation, prefix)).join('')}</table>`;

function row({ method, path, summary, permission, services }: Operation, prefix: string): string {
  const who = permissions[permission] === 'anyone' ? 'anyone' : `signed in${services ? `, or a key with ${services}` : ''}`;
  return `<tr><td><code>${method.toUpperCase()} ${escape(prefix + path)}</code></td><td>${escape(summary)}</td><td>${who}</td></tr>`;
}
