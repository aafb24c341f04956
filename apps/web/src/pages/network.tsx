import { HeatStrip, heatLevel } from '../components/block-strip.tsx';
import { Capabilities } from '../components/network/capabilities.tsx';
import { HistoryCharts } from '../components/network/history-charts.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { useSite } from '../components/site-context.ts';
import { countVolunteers } from '../state/coverage.ts';
import { formatCount } from '../state/format.ts';
import {
  describeOnline,
  listNetworkEvents,
  listNetworkModels,
  type NetworkModelView,
  summarizeNetwork,
} from '../state/network-page.ts';
import { describeRelay } from '../state/relay-view.ts';
import { t } from '../strings/language.ts';

/** Who is there, what is held and how it was lately, as far as this tab knows. */
export function NetworkPage() {
  const { connection, catalog, tiers, coverageEvents } = useSite();
  const tier = tiers.tier.value;
  const network = tier === 'local' ? undefined : connection.network.value;
  const { sentence, tone } = describeRelay(connection.status.value.state);
  const models = network === undefined ? [] : listNetworkModels(catalog.entries.value, network);
  const held = models.filter((model) => model.coverage.volunteers > 0);
  const circleName =
    tier === 'circle' ? (tiers.circle.value?.name ?? t('network.theCircle')) : undefined;
  return (
    <>
      <header class="page-head">
        <h1>{t('network.title')}</h1>
        <p class="lead" role="status">
          {tier === 'local'
            ? t('network.local')
            : network === undefined
              ? t('network.waiting')
              : summarizeNetwork(models)}
        </p>
        {/* The notice below says what is wrong. */}
        {tone === 'bad' ? null : (
          <p class={`relay-line tone-${tone}`}>
            <span class="dot" aria-hidden="true" /> {sentence}
            {network === undefined ? '' : ` ${describeOnline(network.peers, circleName)}`}
          </p>
        )}
      </header>
      <RelayNotice />
      {network === undefined ? null : (
        <>
          <Models models={models} />
          <Capabilities modelRoots={held.map(({ modelRoot }) => modelRoot)} />
        </>
      )}
      {tier === 'public' ? <HistoryCharts /> : null}
      {network === undefined ? null : (
        <Events
          events={listNetworkEvents(catalog.entries.value, network.events, coverageEvents.value)}
        />
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
          {t('network.models.waiting', { names: waiting.map((model) => model.name).join(', ') })}
        </p>
      )}
    </>
  );
}

function Empty() {
  return (
    <section class="card empty">
      <h2>{t('network.empty.title')}</h2>
      <p>{t('network.empty.text')}</p>
      <a class="button button-primary" href="#/contribute">
        {t('network.empty.contribute')}
      </a>
    </section>
  );
}

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
          {model.isEmbedding
            ? t('network.models.embeddings')
            : t(`network.models.state.${coverage.state}`)}
        </span>
      </div>
      {model.isEmbedding ? (
        <p class="network-whole">{t('network.models.whole')}</p>
      ) : (
        <BlockCells model={model} />
      )}
      {coverage.missing === '' ? null : (
        <p class="tone-bad">{t('network.models.missing', { parts: coverage.missing })}</p>
      )}
      <p class="fine">
        {t('network.models.facts', {
          volunteers: countVolunteers(coverage.volunteers),
          kinds: model.kinds.join(', '),
          sessions: model.sessions,
        })}
      </p>
    </article>
  );
}

function BlockCells({ model }: { readonly model: NetworkModelView }) {
  return (
    <div class="network-strip">
      <EndCell
        count={model.embeds}
        mark={t('network.strip.embeddingMark')}
        text={t('network.strip.embeddingHeld', {
          count: model.embeds,
          number: formatCount(model.embeds),
        })}
      />
      <HeatStrip counts={model.coverage.blocks} />
      <EndCell
        count={model.heads}
        mark={t('network.strip.headMark')}
        text={t('network.strip.headHeld', { count: model.heads, number: formatCount(model.heads) })}
      />
    </div>
  );
}

function EndCell(props: { readonly count: number; readonly mark: string; readonly text: string }) {
  return (
    <span class={`cell cell-end heat-${heatLevel(props.count)}`} title={props.text}>
      <span aria-hidden="true">{props.mark}</span>
      <span class="visually-hidden">{props.text}</span>
    </span>
  );
}

const LEGEND = ['0', '1', '2', '3', '4+', '8+'];

function Legend() {
  return (
    <p class="legend">
      {t('network.strip.legend')}{' '}
      {LEGEND.map((count, level) => (
        <span key={count} class={`cell heat-${level}`}>
          {count}
        </span>
      ))}{' '}
      {t('network.strip.legendEnds')}
    </p>
  );
}

function Events({ events }: { readonly events: ReturnType<typeof listNetworkEvents> }) {
  return (
    <section class="events" aria-labelledby="events-title">
      <h2 id="events-title">{t('network.events.title')}</h2>
      {events.length === 0 ? (
        <p class="fine">{t('network.events.none')}</p>
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
      <p class="fine">{t('network.events.note')}</p>
    </section>
  );
}
