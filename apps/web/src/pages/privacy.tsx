import type { ComponentChildren } from 'preact';
import { useSite } from '../components/site-context.ts';

/** What happens with what people type, and with what their browser shows. A page, so that it works offline. */
export function PrivacyPage() {
  return (
    <article class="prose">
      <h1>Privacy</h1>
      <p class="lead">
        Strangers’ computers run parts of the model on your text. Write nothing here that you would
        not post in public. The rest of this page says who could see what.
      </p>
      <WhenYouAsk />
      <WhenYouContribute />
      <OnThisDevice />
      <WhoRunsThis />
    </article>
  );
}

function WhenYouAsk() {
  return (
    <Part title="When you ask">
      <dt>The volunteers of your chain</dt>
      <dd>
        They get numbers, not text, but numbers from which the text can be reconstructed. Count them
        as readers of the whole conversation. They see your IP address, unless you ticked “Hide my
        address from other tabs”.
      </dd>
      <dt>Who turns a text into a vector for you</dt>
      <dd>One volunteer, and it reads that text as you wrote it.</dd>
      <dt>The relay</dt>
      <dd>
        It sees your IP address, which tabs you connect with, when, and how much is sent. It cannot
        read prompts or answers: what passes through it is sealed for the other tab.
      </dd>
      <dt>A TURN server, where the operator has one</dt>
      <dd>The same as the relay, for the connections that need it.</dd>
      <dt>Sources of models</dt>
      <dd>
        Weights that this site does not have come from where the model is published, Hugging Face
        for instance. That server sees your address and which model you load.
      </dd>
    </Part>
  );
}

function WhenYouContribute() {
  return (
    <Part title="When you contribute">
      <dt>What others see of you</dt>
      <dd>
        Your IP address, as with any direct connection, unless you hide it; which blocks you hold;
        roughly what kind of device it is. No name, no file, nothing from other tabs.
      </dd>
      <dt>What you see of others</dt>
      <dd>
        This page shows you nothing of other people’s text. Its code runs on your machine, though,
        and somebody else’s might be changed: that is why the advice above is what it is.
      </dd>
      <dt>When it happens</dt>
      <dd>After you pressed Contribute, and never before. Stop ends it.</dd>
    </Part>
  );
}

function OnThisDevice() {
  return (
    <Part title="What stays on this device">
      <dt>Conversations</dt>
      <dd>In this browser only. Nobody else has a copy, so nobody can restore one.</dd>
      <dt>Settings, and a key that names this browser</dt>
      <dd>
        The key lets other tabs know that they still talk with the same one. It belongs to no person
        and to no account; deleting this site’s data makes a new one.
      </dd>
      <dt>Pieces of models</dt>
      <dd>Kept for the next visit, as much as your browser allows.</dd>
      <dt>How to delete all of it</dt>
      <dd>
        In your browser’s settings, as the data of this site. There is nothing of it elsewhere.
      </dd>
    </Part>
  );
}

function WhoRunsThis() {
  const { name, contact, terms } = useSite().facts.value.operator ?? {};
  return (
    <Part title="Who runs this site">
      <dt>{name ?? 'Its operator did not say'}</dt>
      <dd>
        {contact === undefined ? (
          'No contact is given.'
        ) : (
          <a href={contact} rel="noreferrer">
            {contact.replace(/^mailto:/, '')}
          </a>
        )}{' '}
        {terms && (
          <a href={terms} rel="noreferrer">
            Terms of use
          </a>
        )}
      </dd>
      <dt>What the software keeps</dt>
      <dd>
        The relay counts addresses while a connection is open, to hold each to its limits, and keeps
        a scrambled form of one for an hour where it carried records for it. It writes no address
        and no text into its log. What the operator’s web server or provider writes down beside it,
        only the operator can say.
      </dd>
      <dt>What it cannot promise</dt>
      <dd>
        That volunteers compute honestly, or that they forget what they computed. The weights are
        checked against a hash; the computing is not audited yet.
      </dd>
    </Part>
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
