import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Counts for an operator's dashboard; nothing in them names a peer or an address. */
export interface RelayMetrics {
  readonly contentType: string;
  message(type: string): void;
  refused(code: string): void;
  signalForwarded(): void;
  tunnelOpened(): void;
  tunnelClosed(code: string): void;
  recordCarried(bytes: number): void;
  reported(outcome: string): void;
  render(): Promise<string>;
}

/** What is read when somebody asks for the metrics. */
export interface Gauges {
  sockets(): number;
  peers(): number;
  volunteers(): number;
  modelsReady(): number;
  tunnels(): number;
}

export function createMetrics(gauges: Gauges): RelayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `manyhands_relay_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `manyhands_relay_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const messages = counter('messages_total', 'Messages received, by type', ['type']);
  const refusals = counter('refusals_total', 'Messages and sockets refused, by code', ['code']);
  const signals = counter('signals_forwarded_total', 'Sealed signals forwarded');
  const opened = counter('tunnels_opened_total', 'Tunnels that both ends joined');
  const closed = counter('tunnels_closed_total', 'Tunnels closed or refused, by code', ['code']);
  const records = counter('tunnel_records_total', 'Sealed records carried');
  const bytes = counter('tunnel_bytes_total', 'Bytes of sealed records carried');
  const reports = counter('reports_total', 'Reports of answers, by outcome', ['outcome']);
  gauge('tunnels', 'Open tunnels', gauges.tunnels);
  gauge('sockets', 'Open sockets', gauges.sockets);
  gauge('peers', 'Sockets with a proven key', gauges.peers);
  gauge('volunteers', 'Entries in the directory', gauges.volunteers);
  gauge('models_ready', 'Models with a verified manifest', gauges.modelsReady);
  return {
    contentType: registry.contentType,
    message: (type) => messages.inc({ type }),
    refused: (code) => refusals.inc({ code }),
    signalForwarded: () => signals.inc(),
    tunnelOpened: () => opened.inc(),
    tunnelClosed: (code) => closed.inc({ code }),
    recordCarried(length) {
      records.inc();
      bytes.inc(length);
    },
    reported: (outcome) => reports.inc({ outcome }),
    render: () => registry.metrics(),
  };
}
