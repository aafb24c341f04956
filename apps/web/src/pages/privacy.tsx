import type { ComponentChildren } from 'preact';
import { Rich } from '../components/rich.tsx';
import { useSite } from '../components/site-context.ts';
import { t } from '../strings/language.ts';

const WHEN_YOU_ASK = [
  'chain',
  'circle',
  'embedding',
  'relay',
  'turn',
  'sources',
  'report',
] as const;
const WHEN_YOU_CONTRIBUTE = ['seenByOthers', 'seenByYou', 'tallies', 'time'] as const;
const ON_THIS_DEVICE = [
  'conversations',
  'settings',
  'history',
  'models',
  'site',
  'deletion',
] as const;
const OF_THE_SOFTWARE = ['kept', 'unpromised'] as const;

/** What happens with what people type, and with what their browser shows. A page, so that it works offline. */
export function PrivacyPage() {
  return (
    <article class="prose">
      <h1>{t('privacy.title')}</h1>
      <p class="lead">{t('privacy.lead')}</p>
      <Part title={t('privacy.ask.title')}>
        {WHEN_YOU_ASK.map((key) => (
          <Point
            key={key}
            term={t(`privacy.ask.${key}.term`)}
            text={t(`privacy.ask.${key}.text`)}
          />
        ))}
      </Part>
      <Part title={t('privacy.contribute.title')}>
        {WHEN_YOU_CONTRIBUTE.map((key) => (
          <Point
            key={key}
            term={t(`privacy.contribute.${key}.term`)}
            text={t(`privacy.contribute.${key}.text`)}
          />
        ))}
      </Part>
      <Part title={t('privacy.device.title')}>
        {ON_THIS_DEVICE.map((key) => (
          <Point
            key={key}
            term={t(`privacy.device.${key}.term`)}
            text={t(`privacy.device.${key}.text`)}
          />
        ))}
      </Part>
      <Part title={t('privacy.operator.title')}>
        <Operator />
        {OF_THE_SOFTWARE.map((key) => (
          <Point
            key={key}
            term={t(`privacy.operator.${key}.term`)}
            text={t(`privacy.operator.${key}.text`)}
          />
        ))}
      </Part>
    </article>
  );
}

function Operator() {
  const { name, contact, terms } = useSite().facts.value.operator ?? {};
  return (
    <>
      <dt>{name ?? t('privacy.operator.unnamed')}</dt>
      <dd>
        {contact === undefined ? (
          t('privacy.operator.noContact')
        ) : (
          <a href={contact} rel="noreferrer">
            {contact.replace(/^mailto:/, '')}
          </a>
        )}{' '}
        {terms && (
          <a href={terms} rel="noreferrer">
            {t('privacy.operator.terms')}
          </a>
        )}
      </dd>
    </>
  );
}

function Point({ term, text }: { readonly term: string; readonly text: string }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>
        <Rich text={text} parts={{ storage: (words) => <a href="#/storage">{words}</a> }} />
      </dd>
    </>
  );
}

function Part({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section>
      <h2>{title}</h2>
      <dl>{children}</dl>
    </section>
  );
}
