import type { Coverage, DirectoryEntry } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type { Directory } from '../directory/directory.ts';
import type { History } from '../directory/history.ts';
import type { NetworkView } from '../directory/network-view.ts';
import type { SupplyLedger } from '../directory/supply-ledger.ts';
import type { Watches } from '../directory/watches.ts';
import type { EmbedCaps } from '../embed/embed-caps.ts';
import type { ReadyModel } from '../models/whole-model.ts';
import type { ReportDesk } from '../reports/report-desk.ts';
import type { TunnelTable } from '../tunnels/tunnel-table.ts';
import type { Connection } from './connection.ts';
import type { SignalLedger } from './signal-ledger.ts';

/** What the socket side has to know about models. */
export interface ReadyModels {
  /** Models that may be held, in the operator's order. */
  list(): readonly ReadyModel[];
  get(modelRoot: ModelRoot): ReadyModel | undefined;
}

/** What handlers of single messages get to work with. */
export interface CoreParts {
  readonly now: () => number;
  readonly random: () => number;
  readonly models: ReadyModels;
  readonly directory: Directory;
  readonly watches: Watches;
  readonly network: NetworkView;
  readonly supplies: SupplyLedger;
  readonly signals: SignalLedger;
  readonly tunnels: TunnelTable;
  readonly embeds: EmbedCaps;
  /** Directories of circles: of roots that the relay cannot tell a model from. */
  readonly circles: { readonly directory: Directory; readonly watches: Watches };
  readonly history: History;
  readonly reports: ReportDesk;
  readonly byPeer: ReadonlyMap<PeerId, Connection>;
  coverageOf(modelRoot: ModelRoot): Coverage;
  /** What a peer announces, in public or in a circle. */
  entryOf(peerId: PeerId): DirectoryEntry | undefined;
  /** A sealed signal was forwarded. */
  onSignal(): void;
}

/** A connection whose key is proven. */
export interface Proven {
  readonly connection: Connection;
  readonly identity: PublicIdentity;
}
