import { HeatStrip, heatLevel } from '../components/block-strip.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { useSite } from '../components/site-context.ts';
import { formatPlural } from '../state/format.ts';
import {
  listNetworkEvents,
  listNetworkModels,
  type NetworkModelView,
  summarizeNetwork,
} from '../state/network-page.ts';
import { describeRelay } from '../state/relay-view.ts';

export function NetworkPage() {
  const { connection, catalog, tiers } = useSite();
  const network = tiers.tier.value === 'local' ? undefined : connection.network.value;
  const { sentence, tone } = describeRelay(connection.status.value.state);
  const models = network === undefined ? [] : listNetworkModels(catalog.entries.value, network);
  return (
    <>
      <header class="page-head">
        <h1>Network</h1>
        <p class="lead" role="status">
          {tiers.tier.value === 'local'
            ? 'You chose Local: this tab is connected to nobody.'
            : network === undefined
              ? 'Waiting for the relay’s report.'
              : summarizeNetwork(models)}
        </p>
        <p class={`relay-line tone-${tone}`}>
          <span class="dot" aria-hidden="true" /> {sentence}
          {network === undefined
            ? ''
            : ` ${formatPlural(network.peers, 'tab')} online here${tiers.tier.value === 'circle' ? `, of ${tiers.circle.value?.name ?? 'the circle'}` : ''}.`}
        </p>
      </header>
      <RelayNotice />
      {network === undefined ? null : (
        <>
          <Models models={models} />
          <Events events={listNetworkEvents(catalog.entries.value, network.events)} />
        </>
      )}
    </>
  );
}

function Models({ models }: { readonly models: readonly NetworkModelView[] }) {
  const held = models.filter((model) => model.coverage.volunteers > 0);
  const waiting = models.filter((model) => model.coverage.volunteers === 0);
  return (
    <>
      {held.length === 0 ? <Empty /> : null}
      <div class="network-models">
        {held.map((model) => (
          <ModelCard key={model.modelRoot} model={model} />
        ))}
      </div>
      {held.every((model) => model.isEmbedding) ? null : <Legend />}
      {waiting.length === 0 ? null : (
        <p class="waiting">
          Verified and waiting for volunteers: {waiting.map((model) => model.name).join(', ')}.
        </p>
      )}
    </>
  );
}

function Empty() {
  return (
    <section class="card empty">
      <h2>Every model waits for a first tab</h2>
      <p>
        A model answers as soon as tabs hold all of its blocks. One tab is enough for a small model:
        open another tab and press Contribute, or let this one help.
      </p>
      <a class="button button-primary" href="#/contribute">
        Contribute this tab
      </a>
    </section>
  );
}

const STATE_WORDS = {
  unknown: 'unknown',
  none: 'not held',
  partial: 'incomplete',
  full: 'complete',
};

function ModelCard({ model }: { readonly model: NetworkModelView }) {
  const { coverage } = model;
  return (
    <article
      class="card network-model"
      data-testid="network-model"
      data-model-root={model.modelRoot}
    >
      <div class="network-model-head">
        <h2>{model.name}</h2>
        <span class={`pill pill-${coverage.state}`}>
          {model.isEmbedding ? 'embeddings' : STATE_WORDS[coverage.state]}
        </span>
      </div>
      {model.isEmbedding ? (
        <p class="network-whole">Turns texts into vectors. Each of its tabs holds all of it.</p>
      ) : (
        <BlockCells model={model} />
      )}
      {coverage.missing === '' ? null : <p class="tone-bad">Nobody holds {coverage.missing}.</p>}
      <p class="fine">
        {formatPlural(coverage.volunteers, 'volunteer')} ({model.kinds.join(', ')}),{' '}
        {model.sessions}
      </p>
    </article>
  );
}

function BlockCells({ model }: { readonly model: NetworkModelView }) {
  return (
    <div class="network-strip">
      <span
        class={`cell cell-end heat-${heatLevel(model.embeds)}`}
        title={`Embedding: held ${model.embeds} times`}
      >
        E<span class="visually-hidden">mbedding: held {model.embeds} times</span>
      </span>
      <HeatStrip counts={model.coverage.blocks} />
      <span
        class={`cell cell-end heat-${heatLevel(model.heads)}`}
        title={`Head: held ${model.heads} times`}
      >
        H<span class="visually-hidden">ead: held {model.heads} times</span>
      </span>
    </div>
  );
}

function Legend() {
  return (
    <p class="legend">
      Each cell is a block, the number says how many tabs hold it.{' '}
      <span class="cell heat-0">0</span> <span class="cell heat-1">1</span>{' '}
      <span class="cell heat-2">2</span> <span class="cell heat-3">3</span>{' '}
      <span class="cell heat-4">4+</span> <span class="cell heat-5">8+</span> E and H: embedding and
      head.
    </p>
  );
}

function Events({ events }: { readonly events: ReturnType<typeof listNetworkEvents> }) {
  return (
    <section class="events" aria-labelledby="events-title">
      <h2 id="events-title">What happened lately</h2>
      {events.length === 0 ? (
        <p class="fine">Nothing since the relay started.</p>
      ) : (
        <ol>
          {events.map((event) => (
            <li key={event.key} class={`event-${event.kind}`}>
              <time dateTime={event.isoTime}>{event.clock}</time>
              <span>{event.text}</span>
            </li>
          ))}
        </ol>
      )}
      <p class="fine">Reported by the relay as it happens. It names no people and no addresses.</p>
    </section>
  );
}
