import { Counter, Gauge, type Registry } from 'prom-client';
import type { Connections } from './connection/connections.js';
import type { Hub } from './hub/hub.js';
import type { Leases } from './leases/leases.js';
import type { Strain } from './limits/strain.js';

/** What is counted as it happens. Plain numbers: the hot path adds, a scrape reads. */
export class Counts {
  frames = 0;
  malformed = 0;
  limited = 0;
  slowCloses = 0;
}

/** Registers what a scrape of the gateway shows. */
export function registerMetrics(
  register: Registry,
  {
    hub,
    connections,
    leases,
    strain,
    counts,
  }: { hub: Hub; connections: Connections; leases: Leases; strain: Strain; counts: Counts },
) {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(value());
      },
    });
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers: [register],
      collect() {
        this.reset();
        this.inc(value());
      },
    });

  gauge('storm_gateway_connections', 'Open connections', () => connections.all.size);
  gauge('storm_gateway_leases', 'Places held among those counted over all gateways', () => leases.size);
  gauge('storm_gateway_channels', 'Channels with a local member', () => hub.channels.size);
  gauge('storm_gateway_outbox_bytes', 'Bytes that wait for all connections', () => connections.outboxBytes().total);
  gauge('storm_gateway_outbox_max_bytes', 'Bytes that wait for the connection with most', () => connections.outboxBytes().max);
  gauge('storm_gateway_held_back_events', 'Events that wait for one before them', () => hub.held.events);
  gauge('storm_gateway_healing_channels', 'Channels whose holes are being filled', () => hub.healing);
  gauge('storm_gateway_paused', '1 while deliveries wait for memberships to be known again', () => Number(hub.paused));
  gauge('storm_gateway_strained', '1 while new connections are refused for lag or memory', () =>
    Number(strain.reason !== undefined),
  );
  counter('storm_gateway_events_total', 'Events of channels delivered', () => hub.counts.events);
  counter('storm_gateway_deliveries_total', 'Events times the members that got them', () => hub.counts.deliveries);
  counter('storm_gateway_unopened_events_total', 'Events that did not open', () => hub.counts.unopened);
  counter('storm_gateway_frames_total', 'Frames received', () => counts.frames);
  counter('storm_gateway_malformed_frames_total', 'Frames refused as malformed', () => counts.malformed);
  counter('storm_gateway_limited_frames_total', 'Frames over the limit', () => counts.limited);
  counter('storm_gateway_slow_closes_total', 'Connections closed because they read too slowly', () => counts.slowCloses);
}
