/** The frame on other sites. What somebody agrees to is `consent`: complete, and the same in each language. */
export const embed = {
  consent: {
    title: 'Lend a part of this computer?',
    looking: 'Looking who shows this frame.',
    about:
      '<site>{{site}}</site> shows this frame, which comes from <host>{{host}}</host>. If you say yes, this tab runs a part of an open language model for people who ask it something, until you stop it or leave. {{site}} earns nothing by it and sees no texts.',
    yes: 'Yes, contribute',
    no: 'No',
    points: {
      electricity: 'Electricity',
      data: 'Data and memory',
      address: 'Your address',
      text: 'Other people’s text',
      rest: 'When it rests',
    },
    electricity:
      'Your graphics chip or processor is busy up to {{share}} of the time. The device uses more power and may get warm.',
    data: 'Parts of a model are downloaded, up to {{memory}}. {{kept}} {{day}}',
    keptNot: 'This browser keeps nothing for frames, so it is downloaded again on each visit.',
    kept: 'They stay in this browser for the next time.',
    dayUnlimited: 'There is no limit a day.',
    day: 'At most {{data}} a day go over your connection.',
    address:
      'This tab connects with strangers’ tabs, which see your IP address, as the relay does.',
    text: 'What others ask passes through this tab’s memory as numbers while it is answered. It is neither shown nor kept.',
    restNever: 'It does not, as you chose under Limits.',
    rest: 'It pauses {{when}}, where the browser tells.',
    restWhen: {
      hidden: 'while this frame is out of view',
      battery: 'on battery',
      metered: 'on a metered connection',
    },
    remember: 'On later visits to {{site}}, begin by itself once this frame is in view',
    remembered: 'On later visits to {{site}} it begins by itself.',
    forget: 'Ask me again',
    notKept:
      'This browser keeps nothing for frames on other sites, so you are asked on each visit.',
  },
  confirm: {
    title: 'Contribute while you are on {{site}}?',
    about:
      'You pressed “Yes, contribute” in a frame on <site>{{site}}</site>. This browser cannot tell whether you saw what you agreed to, so it is asked here once more. The limits are those of the frame; these are the usual ones.',
    remember: 'On later visits to {{site}}, begin by itself once the frame is in view',
    noWindow:
      'No answer came from the window that asks once more. Allow this page to open it, or contribute on the operator’s own site.',
  },
  refusals: {
    'no-person': 'Only a person can press this.',
    'too-small': 'This frame is too small to show what you would agree to. Nothing was started.',
    'not-visible':
      'Something covers this frame, or part of it is out of view, so the press did not count. Scroll it into view and press again.',
    unread: 'Some of the words above have not been in view yet: scroll through them, then press.',
    'too-soon': 'That was quick, so it did not count: press once more if you mean it.',
  },
  tabs: {
    label: 'Views',
    chat: 'Chat',
    contribute: 'Contribute',
  },
  stop: 'Stop',
  stopNow: 'At once',
  limits: {
    title: 'Limits',
    memory: 'Memory at most',
    memoryHint: 'For parts of a model and for conversations.',
    memoryLocked: 'Stop to change this.',
    data: 'Data a day at most',
    dataHint: 'Sent, received and downloaded for others.',
    unlimited: 'no limit',
    hidden: 'Also out of view',
    hiddenHint: 'Behind another tab, covered, or scrolled away.',
    battery: 'On battery',
    metered: 'On a metered connection',
  },
  serving: {
    label: 'Contribution',
    phases: {
      idle: 'idle',
      probing: 'probing',
      choosing: 'choosing',
      loading: 'loading',
      recovering: 'recovering',
      serving: 'serving',
      draining: 'draining',
      paused: 'paused',
      stopping: 'stopping',
      stopped: 'stopped',
      failed: 'failed',
    },
    thisSite: 'this site',
    agreed: 'You agreed for {{site}}.',
    revoke: 'Take it back',
    tokens: 'Tokens served',
    speed: 'Speed',
    data: 'Data',
  },
  storage: {
    granted:
      'This frame uses your Manyhands identity{{name}}. Under Contribute on {{host}} you find the sites where it may begin by itself.',
    own: 'This frame has an identity of its own{{name}}, for this site alone.',
    use: 'Use my Manyhands identity here',
    refused: 'The browser did not allow it. Open {{host}} once, then try again here.',
  },
} as const;
