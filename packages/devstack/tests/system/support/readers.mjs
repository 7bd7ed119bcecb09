// One client process: it is forked, plain Node as it runs without a build, and told over IPC where to connect and when to report.
import { WebSocket } from 'ws';

/** A client whose place in the channel is `at`; what it has heard since the last report is kept. It comes back when it is closed. */
class Reader {
  at = 0;
  isIn = false;
  heard = [];
  codes = [];

  constructor({ url, token, channelId }) {
    this.connect = () => {
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
      socket.on('message', (data) => this.receive(data.toString('latin1'), performance.timeOrigin + performance.now()));
      socket.on('error', () => undefined); // `close` follows
      socket.on('close', (code) => {
        this.isIn = false;
        this.codes.push(code);
        setTimeout(this.connect, 50);
      });
    };
    this.receive = (frame, now) => {
      if (frame.startsWith('{"event":"connection.ready"')) {
        this.at = JSON.parse(frame).payload.channels.find((channel) => channel.channelId === channelId).seq;
        this.isIn = true;
      } else if (frame.startsWith('{"event":"message.new"') && frame.includes(channelId)) {
        // Texts are long, and many clients share the machine with all that they measure: no more is parsed than is needed.
        this.at = Number(/"seq":(\d+)/.exec(frame)[1]);
        const [, what, sentAt] = /"text":"(\S+) ([\d.]+)/.exec(frame);
        this.heard.push([this.at, what, now - Number(sentAt)]);
      }
      tell();
    };
    this.connect();
  }

  report() {
    const { heard, codes } = this;
    [this.heard, this.codes] = [[], []];
    return { heard, codes };
  }
}

let readers = [];
/** Up to which change all of them must have come before they report; -1: they need only be in. */
let awaited;

process.on('message', ({ clients, until }) => {
  if (clients) readers = clients.map((client) => new Reader(client));
  awaited = until;
  tell();
});
process.on('disconnect', () => process.exit());

function tell() {
  if (awaited === undefined || !readers.every(({ isIn, at }) => isIn && at >= awaited)) return;
  awaited = undefined;
  process.send(readers.map((reader) => reader.report()));
}
