import { HeroChain } from '../components/hero-chain.tsx';
import { ArrowIcon } from '../components/icon.tsx';
import { useSite } from '../components/site-context.ts';
import { describeNow } from '../state/network-now.ts';
import { t } from '../strings/language.ts';

export function HomePage() {
  return (
    <>
      <section class="hero">
        <div class="hero-text">
          <h1>
            {t('home.titleFirst')}
            <br />
            {t('home.titleSecond')}
          </h1>
          <p class="lead">{t('home.lead')}</p>
          <p class="hero-why">{t('home.why')}</p>
          <div class="hero-actions">
            <a class="button button-primary button-large" href="#/chat">
              {t('home.ask')} <ArrowIcon />
            </a>
            <a class="button button-large" href="#/contribute">
              {t('home.contribute')}
            </a>
          </div>
          <Now />
        </div>
        <HeroChain />
      </section>
      <Steps />
      <PlainWords />
    </>
  );
}

/** Real numbers, or a sentence that says why there are none. */
function Now() {
  const { connection, catalog } = useSite();
  const { figures, sentence } = describeNow(
    catalog.entries.value,
    connection.network.value,
    connection.status.value.state,
  );
  return (
    <div class="now" role="status" aria-label={t('home.now.label')} data-testid="network-now">
      {figures.length === 0 ? null : (
        <ul class="now-figures">
          {figures.map(({ name, value, word }) => (
            <li key={name} data-figure={name}>
              <strong>{value}</strong> <span>{word}</span>
            </li>
          ))}
        </ul>
      )}
      {sentence === undefined ? null : <p>{sentence}</p>}
    </div>
  );
}

const STEPS = ['volunteer', 'chain', 'answer'] as const;

function Steps() {
  return (
    <section class="steps" aria-label={t('home.steps.label')}>
      {STEPS.map((step) => (
        <article key={step}>
          <h2>{t(`home.steps.${step}.title`)}</h2>
          <p>{t(`home.steps.${step}.text`)}</p>
        </article>
      ))}
    </section>
  );
}

const QUESTIONS = ['reading', 'model', 'cost', 'charge'] as const;

function PlainWords() {
  return (
    <section class="plain" aria-labelledby="plain-title">
      <h2 id="plain-title">{t('home.plain.title')}</h2>
      <dl>
        {QUESTIONS.map((question) => (
          <div key={question}>
            <dt>{t(`home.plain.${question}.term`)}</dt>
            <dd>{t(`home.plain.${question}.text`)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
