import { useEffect } from 'preact/hooks';
import {
  type CapabilityChart,
  chartCapabilities,
  listSpeeds,
  type SpeedBar,
} from '../../state/capability.ts';
import { VOLUNTEER_WATCHES_MAX } from '../../state/limits.ts';
import { nameUnlisted } from '../../state/network-page.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** Volunteers by what they compute with and how fast, as bars that are lists. */
export function Capabilities({ modelRoots }: { readonly modelRoots: readonly string[] }) {
  const { volunteers, catalog } = useSite();
  const watched = modelRoots.join();
  useEffect(() => volunteers.watch(watched.split(',').filter(Boolean)), [volunteers, watched]);
  const entries = volunteers.entries.value;
  if (entries.length === 0) return null;
  const nameOf = (modelRoot: string): string =>
    catalog.entries.value.find((entry) => entry.modelRoot === modelRoot)?.name ??
    nameUnlisted(modelRoot);
  return (
    <section
      class="card capabilities"
      aria-labelledby="capability-title"
      data-testid="capabilities"
    >
      <div class="section-head">
        <h2 id="capability-title">{t('network.capability.title')}</h2>
        <p class="fine">{t('network.capability.note', { models: VOLUNTEER_WATCHES_MAX })}</p>
      </div>
      <div class="capability-charts">
        {chartCapabilities(entries).map((chart) => (
          <BarList key={chart.key} chart={chart} />
        ))}
      </div>
      <Speeds speeds={listSpeeds(entries, nameOf)} />
    </section>
  );
}

function BarList({ chart }: { readonly chart: CapabilityChart }) {
  return (
    <div class="bar-group">
      <h3>{chart.title}</h3>
      <ul aria-label={t('network.capability.list', { title: chart.title })}>
        {chart.bars.map((bar) => (
          <li key={bar.key} class="bar-row">
            <span class="bar-name">{bar.name}</span>
            <span class="bar-count">{bar.count}</span>
            <Bar length={bar.length} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Speeds({ speeds }: { readonly speeds: readonly SpeedBar[] }) {
  return (
    <div class="bar-group">
      <h3>{t('network.capability.speeds')}</h3>
      <ul aria-label={t('network.capability.speeds')}>
        {speeds.map((speed) => (
          <li key={speed.key} class="bar-row">
            <span class="bar-name">
              {speed.what}{' '}
              <span class="fine">
                {speed.peer}, {speed.numericClass}
              </span>
            </span>
            <span class="bar-count">{speed.speed}</span>
            <Bar length={speed.length} />
          </li>
        ))}
      </ul>
      <p class="fine">{t('network.capability.speedsNote')}</p>
    </div>
  );
}

/** The numbers beside it say the same. */
function Bar({ length }: { readonly length: number }) {
  return (
    <span class="bar-track" aria-hidden="true">
      <span class="bar-fill" style={{ inlineSize: `${(100 * length).toFixed(1)}%` }} />
    </span>
  );
}
