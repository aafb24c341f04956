/** The first page. A title is two lines. */
export const home = {
  titleFirst: 'A language model,',
  titleSecond: 'run by many hands.',
  lead: 'Manyhands spreads a language model over people’s browser tabs. Each tab holds a few of its blocks on the GPU; a question travels from tab to tab and comes back as an answer. No data centre, nothing to install.',
  why: 'The computers for it are already there, idle while somebody reads: together they need no company in between.',
  ask: 'Ask something',
  contribute: 'Contribute this tab',
  now: {
    label: 'The network right now',
    tabs_one: 'tab contributing',
    tabs_other: 'tabs contributing',
    models_one: 'model that can answer',
    models_other: 'models that can answer',
    sessions_one: 'open session',
    sessions_other: 'open sessions',
    nobody: 'Nobody is contributing right now. You could be the first.',
    incomplete: 'No model is complete yet: one more tab may be enough.',
    unreachable: 'The relay does not answer, so what happens in the network cannot be told.',
    alone: 'This tab is alone and looks at nobody.',
    asking: 'Asking the relay who is there.',
  },
  drawing: {
    question: 'Why is the sky blue?',
    answer: 'Because air scatters blue light more than red',
    laptop: 'a laptop',
    desktop: 'a desktop',
    phone: 'a phone',
  },
  steps: {
    label: 'How it works',
    volunteer: {
      title: 'Tabs volunteer',
      text: 'A person presses Contribute. Their tab loads some consecutive blocks of a model, checks every piece against its hash, and tells the relay what it holds.',
    },
    chain: {
      title: 'A question finds a chain',
      text: 'Your tab picks volunteers that together cover the model, as few as possible, and connects to them directly over WebRTC. The relay only introduces tabs to each other.',
    },
    answer: {
      title: 'The answer streams back',
      text: 'Each word passes through every block once. Should a tab close in the middle, the chain is rebuilt from what your tab knows, and the answer goes on.',
    },
  },
  plain: {
    title: 'In plain words',
    reading: {
      term: 'Who can read my text?',
      text: 'Not the relay. The people whose tabs run the blocks could reconstruct it, and they see your IP address. Write nothing here that you would not post in public.',
    },
    model: {
      term: 'Is it the model it claims to be?',
      text: 'Weights are checked against a hash before they reach a GPU. What volunteers compute is not audited yet: a dishonest one could spoil an answer.',
    },
    cost: {
      term: 'What does contributing cost me?',
      text: 'Electricity, a share of your GPU that you choose, memory up to a limit that you choose, and one download that your browser keeps. Stop is always one click.',
    },
    charge: {
      term: 'Who is in charge?',
      text: 'Nobody has to be. The protocol is open, the relay is small and anybody can run one, and the work is done by whoever shows up.',
    },
  },
} as const;
