import type { ScenarioResult } from '../scenario/play.js';
import type { StackDescription } from '../stack/description.js';

/** What a person at the terminal is told of a running stack: its URLs, and commands to paste. */
export function howToTry(
  { api, gateways, redis, mongo, logs }: StackDescription,
  { accessToken, channelId }: ScenarioResult,
): string {
  const [url = ''] = api;
  const [gateway = ''] = gateways;
  return `
Storm is up.
  REST      ${api.map((one) => `${one}/api/v1`).join('  ')}
  WebSocket ${gateways.join('  ')}
  Redis     ${redis}
  MongoDB   ${mongo}
  logs      ${logs}

Go on as Alice (her token is good for 15 minutes):
  TOKEN=${accessToken}

  curl -s ${url}/api/v1/channels/${channelId}/messages -H "Authorization: Bearer $TOKEN"

  curl -s ${url}/api/v1/channels/${channelId}/messages -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -H 'Prefer: wait=5' \\
    -d "{\\"messageId\\":\\"$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)\\",\\"text\\":\\"from curl\\",\\"clientTs\\":\\"$(date -u +%FT%TZ)\\"}"

And hear it on a WebSocket, in a second terminal:
  npx wscat -c ${gateway} -H "Authorization: Bearer $TOKEN"
  > {"event":"message.send","requestId":"1","payload":{"messageId":"<a new UUID>","channelId":"${channelId}","text":"from wscat","clientTs":${Date.now()}}}

Ctrl-C ends it; the data are kept for the next start.
`;
}
