import { HeroChain } from '../components/hero-chain.tsx';
import { ArrowIcon } from '../components/icon.tsx';
import { useSite } from '../components/site-context.ts';
import { listNetworkModels, summarizeNetwork } from '../state/network-page.ts';

export function HomePage() {
  return (
    <>
      <section class="hero">
        <div class="hero-text">
          <h1>
            A language model,
            <br />
            run by many hands.
          </h1>
          <p class="lead">
            Manyhands spreads a language model over people’s browser tabs. Each tab holds a few of
            its blocks on the GPU; a question travels from tab to tab and comes back as an answer.
            No data centre, nothing to install.
          </p>
          <div class="hero-actions">
            <a class="button button-primary button-large" href="#/chat">
              Ask something <ArrowIcon />
            </a>
            <a class="button button-large" href="#/contribute">
              Contribute this tab
            </a>
          </div>
          <NetworkNow />
        </div>
        <HeroChain />
      </section>
      <Steps />
      <PlainWords />
    </>
  );
}

/** Real numbers or none: before the relay has answered this line is empty. */
function NetworkNow() {
  const { connection, catalog, tiers } = useSite();
  const network = connection.network.value;
  const text =
    network === undefined || tiers.tier.value === 'local'
      ? ''
      : summarizeNetwork(listNetworkModels(catalog.entries.value, network));
  return (
    <p class="now" role="status">
      {text}
    </p>
  );
}

function Steps() {
  return (
    <section class="steps" aria-label="How it works">
      <article>
        <h2>Tabs volunteer</h2>
        <p>
          A person presses Contribute. Their tab loads some consecutive blocks of a model, checks
          every piece against its hash, and tells the relay what it holds.
        </p>
      </article>
      <article>
        <h2>A question finds a chain</h2>
        <p>
          Your tab picks volunteers that together cover the model, as few as possible, and connects
          to them directly over WebRTC. The relay only introduces tabs to each other.
        </p>
      </article>
      <article>
        <h2>The answer streams back</h2>
        <p>
          Each word passes through every block once. Should a tab close in the middle, the chain is
          rebuilt from what your tab knows, and the answer goes on.
        </p>
      </article>
    </section>
  );
}

function PlainWords() {
  return (
    <section class="plain" aria-labelledby="plain-title">
      <h2 id="plain-title">In plain words</h2>
      <dl>
        <div>
          <dt>Who can read my text?</dt>
          <dd>
            Not the relay. The people whose tabs run the blocks could reconstruct it, and they see
            your IP address. Write nothing here that you would not post in public.
          </dd>
        </div>
        <div>
          <dt>Is it the model it claims to be?</dt>
          <dd>
            Weights are checked against a hash before they reach a GPU. What volunteers compute is
            not audited yet: a dishonest one could spoil an answer.
          </dd>
        </div>
        <div>
          <dt>What does contributing cost me?</dt>
          <dd>
            Electricity, a share of your GPU that you choose, memory up to a limit that you choose,
            and one download that your browser keeps. Stop is always one click.
          </dd>
        </div>
        <div>
          <dt>Who is in charge?</dt>
          <dd>
            Nobody has to be. The protocol is open, the relay is small and anybody can run one, and
            the work is done by whoever shows up.
          </dd>
        </div>
      </dl>
    </section>
  );
}
